"""The parameters of files, uploads, batches, fine-tuning jobs, checkpoints' permissions and moderations."""

from __future__ import annotations

from fakes.openai.tables.chat import TEXT
from fakes.parameters import HONOURED, Honoured, Kinds, Refused, Table, WithoutEffect

__all__ = [
    "BATCH",
    "FILE",
    "FILES",
    "JOB",
    "JOBS",
    "MODERATION",
    "PAGE",
    "PART",
    "PERMISSION",
    "PERMISSIONS",
    "UPLOAD",
    "UPLOADED",
    "job_table",
]

_EXPIRES = Honoured(Table({"anchor": HONOURED, "seconds": HONOURED}))

PAGE = Table({"after": HONOURED, "limit": HONOURED})
"""The query of most lists."""

FILE = Table({"file": HONOURED, "purpose": HONOURED, "expires_after": _EXPIRES})
"""The form of `POST /files`."""

FILES = Table({"purpose": HONOURED, "limit": HONOURED, "order": HONOURED, "after": HONOURED})
"""The query of `GET /files`."""

UPLOAD = Table(
    {
        "filename": HONOURED,
        "purpose": HONOURED,
        "bytes": HONOURED,
        "mime_type": HONOURED,
        "expires_after": _EXPIRES,
    }
)
"""The body of `POST /uploads`."""

PART = Table({"data": HONOURED})
"""The form of `POST /uploads/{upload_id}/parts`."""

UPLOADED = Table({"part_ids": HONOURED, "md5": HONOURED})
"""The body of `POST /uploads/{upload_id}/complete`."""

BATCH = Table(
    {
        "input_file_id": HONOURED,
        "endpoint": HONOURED,
        "completion_window": HONOURED,
        "metadata": HONOURED,
        "output_expires_after": _EXPIRES,
    }
)
"""The body of `POST /batches`."""

_HYPER = {"n_epochs": HONOURED, "batch_size": HONOURED, "learning_rate_multiplier": HONOURED}
_WANDB = Table({"project": HONOURED, "name": TEXT, "entity": TEXT, "tags": Honoured(kind="strings")})


def job_table(*more: str) -> Table:
    """The body of `POST /fine_tuning/jobs` where supervised jobs also take these hyperparameters."""
    hypers = Honoured(Table({**_HYPER, **dict.fromkeys(more, HONOURED)}), "object")
    dpo = Honoured(Table({**_HYPER, "beta": HONOURED}), "object")
    method = {
        "type": HONOURED,
        "supervised": Honoured(Table({"hyperparameters": hypers}), "object"),
        "dpo": Honoured(Table({"hyperparameters": dpo}), "object"),
        "reinforcement": Refused("reinforcement is for models that reason, of which none is tuned"),
    }
    return Table(
        {
            "model": HONOURED,
            "training_file": HONOURED,
            "validation_file": HONOURED,
            "hyperparameters": hypers,
            "method": Honoured(Table(method), "object"),
            "seed": HONOURED,
            "suffix": HONOURED,
            "metadata": HONOURED,
            "integrations": Honoured(Table({"type": HONOURED, "wandb": Honoured(_WANDB)}), "array"),
        }
    )


JOB = job_table()
"""The body of `POST /fine_tuning/jobs`."""

JOBS = Table({"after": HONOURED, "limit": HONOURED, "metadata": HONOURED})
"""The query of `GET /fine_tuning/jobs`."""

PERMISSION = Table({"project_ids": HONOURED})
"""The body of `POST /fine_tuning/checkpoints/{checkpoint}/permissions`."""

PERMISSIONS = Table({"project_id": HONOURED, "after": HONOURED, "limit": HONOURED, "order": HONOURED})
"""The query of `GET /fine_tuning/checkpoints/{checkpoint}/permissions`."""

MODERATION = Table(
    {
        "model": TEXT,
        "input": Honoured(
            Kinds(
                "type",
                {
                    "text": Table({"type": HONOURED, "text": WithoutEffect("nothing is ever flagged")}),
                    "image_url": Table(
                        {
                            "type": HONOURED,
                            "image_url": WithoutEffect("nothing is ever flagged"),
                        }
                    ),
                },
            )
        ),
    }
)
"""The body of `POST /moderations`."""
