"""Rows of files in several formats: CSV and its dialects, JSON, Parquet, and folders of Arrow files."""

from __future__ import annotations
