"""Objects made of others: copy, rewrite, move and compose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from fakes.ids import base62
from fakes.json_text import is_mapping, mapping, sequence
from fakes.routes import Call, Handler, Result, Routes
from fakes.storage.account import Storage
from fakes.storage.conditions import Conditions
from fakes.storage.errors import changed, invalid, no_bucket, no_object, required
from fakes.storage.parameters import number, operation
from fakes.storage.records import Object
from fakes.storage.routes.uploads import replaced
from fakes.storage.serialize import base_of, object_body
from fakes.storage.validate import check_hold, check_sums, merged, metadata_of, object_fields, object_name

__all__ = ["mount"]

_MIB = 2**20
_MOST_SOURCES = 32
_MOST_REWRITES = 64
_FROM_TO = "/storage/v1/b/{source_bucket}/o/{source}/%s/b/{bucket}/o/{object}"


def mount(routes: Routes, storage: Storage) -> None:
    """Adds the routes that make objects of others."""
    copies = _Copies(storage)
    for path, name, handler in (
        (_FROM_TO % "copyTo", "copy", copies.copy),
        (_FROM_TO % "rewriteTo", "rewrite", copies.rewrite),
        ("/storage/v1/b/{bucket}/o/{source}/moveTo/o/{object}", "move", copies.move),
        ("/storage/v1/b/{bucket}/o/{object}/compose", "compose", copies.compose),
    ):
        found: Handler = handler
        routes.add("POST", path, operation(f"objects.{name}", found))


class _Copies:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def copy(self, call: Call) -> Result:
        return self._shown(call, self._copied(call, self._source(call)))

    def move(self, call: Call) -> Result:
        source = self._source(call)
        if (source.bucket, source.name) == self._target(call):
            raise invalid("The source and the destination of a move must differ.")
        check_hold(source)
        made = self._copied(call, source)
        self._storage.remove(source, for_good=False)
        return self._shown(call, made)

    def rewrite(self, call: Call) -> Result:
        """Copies; a client that limits a call to so many bytes, between storage classes, calls again."""
        source = self._source(call)
        size, done = len(source.content), 0
        most = call.query.get("maxBytesRewrittenPerCall")
        if most is not None and (number("maxBytesRewrittenPerCall", most) % _MIB or int(most) == 0):
            raise invalid("maxBytesRewrittenPerCall must be a multiple of 1048576.")
        bucket, name = self._target(call)
        key = (f"{source.bucket}/{source.name}", f"{bucket}/{name}", source.generation)
        if (token := call.query.get("rewriteToken")) is not None:
            found = self._storage.rewrites.pop(token, None)
            if found is None or found[:3] != key:
                raise invalid(f"Invalid rewrite token: {token}")
            done = found[3]
        wanted = mapping(metadata_of(call.body)).get("storageClass", "STANDARD")
        step = int(most) if most and wanted != source.fields.get("storageClass", "STANDARD") else size
        done = min(size, done + step)
        body: dict[str, object] = {
            "kind": "storage#rewriteResponse",
            "totalBytesRewritten": str(done),
            "objectSize": str(size),
            "done": done == size,
        }
        if done < size:
            token = base62(self._storage.ids.create("rewrite", *key, done), 32)
            self._storage.rewrites[token] = (*key, done)
            while len(self._storage.rewrites) > _MOST_REWRITES:
                del self._storage.rewrites[next(iter(self._storage.rewrites))]
            return Result(body | {"rewriteToken": token})
        return Result(body | {"resource": self._shown(call, self._copied(call, source)).body})

    def compose(self, call: Call) -> Result:
        asked = metadata_of(call.body)
        if unknown := set(asked) - {"kind", "destination", "sourceObjects", "deleteSourceObjects"}:
            name = min(unknown)
            raise invalid(f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.')
        bucket, name = self._target(call)
        listed = sequence(asked.get("sourceObjects"))
        if not listed:
            raise required("sourceObjects")
        if len(listed) > _MOST_SOURCES:
            message = f"The number of source components provided ({len(listed)}) exceeds the maximum"
            raise invalid(f"{message} ({_MOST_SOURCES})")
        if bucket not in self._storage.buckets:
            raise no_bucket()
        sources = [self._component(bucket, each) for each in listed]
        content = b"".join(each.content for each in sources)
        given = asked.get("destination")
        if given is not None and not is_mapping(given):
            raise invalid("destination must be an object resource.")
        fields = object_fields({"contentType": "application/octet-stream", **mapping(given)})
        fields = check_sums(content, fields, None)
        replaced(self._storage, bucket, name, Conditions.read(call.query, number))
        count = sum(each.components or 1 for each in sources)
        gone = asked.get("deleteSourceObjects", False)
        if not isinstance(gone, bool):
            raise invalid(f"Invalid value for deleteSourceObjects: {gone!r}")
        for each in dict.fromkeys((each.bucket, each.name) for each in sources) if gone else ():
            check_hold(self._storage.find(*each))
        made = self._storage.put(bucket, name, content, merged({}, fields), components=count)
        for each in {(each.name, each.generation): each for each in sources}.values() if gone else ():
            if each.current and each.name != name:
                self._storage.remove(each, for_good=False)
        return self._shown(call, made)

    def _component(self, bucket: str, listed: object) -> Object:
        asked = mapping(listed)
        if unknown := set(asked) - {"name", "generation", "objectPreconditions"}:
            raise invalid(f'Invalid JSON payload received. Unknown name "{min(unknown)}": Cannot find field.')
        name = object_name(asked.get("name"))
        generation = asked.get("generation")
        found = self._storage.find(
            bucket, name, None if generation is None else number("generation", str(generation))
        )
        if found is None:
            raise no_object(bucket, name)
        wanted = mapping(asked.get("objectPreconditions")).get("ifGenerationMatch")
        if wanted is not None and number("ifGenerationMatch", str(wanted)) != found.generation:
            raise changed()
        return found

    def _source(self, call: Call) -> Object:
        bucket = unquote(call.params.get("source_bucket", call.params["bucket"]))
        name, asked = unquote(call.params["source"]), call.query.get("sourceGeneration")
        if bucket not in self._storage.buckets:
            raise no_bucket()
        found = self._storage.find(bucket, name, number("sourceGeneration", asked) if asked else None)
        if found is None:
            raise no_object(bucket, name)
        wanted = Conditions.read(call.query, number, "Source")
        now = found.generation, found.metageneration
        if wanted.fail(*now) or wanted.unchanged(*now):
            raise changed()
        return found

    def _copied(self, call: Call, source: Object) -> Object:
        """The copy: with the source's metadata, or with that of the request where it gives any."""
        bucket, name = self._target(call)
        given = metadata_of(call.body)
        fields: Mapping[str, Any] = source.fields
        if given:
            fields = check_sums(source.content, object_fields(given), None)
            fields = {"contentType": source.content_type, **fields}
        if "storageClass" in source.fields and "storageClass" not in given and given:
            fields = {**fields, "storageClass": source.fields["storageClass"]}
        replaced(self._storage, bucket, name, Conditions.read(call.query, number))
        kept = {key: value for key, value in fields.items() if key not in ("temporaryHold", "eventBasedHold")}
        chosen = merged({}, fields if given else kept)
        return self._storage.put(bucket, name, source.content, chosen, components=source.components)

    def _target(self, call: Call) -> tuple[str, str]:
        return unquote(call.params["bucket"]), object_name(unquote(call.params["object"]))

    def _shown(self, call: Call, made: Object) -> Result:
        bucket = self._storage.buckets[made.bucket]
        return Result(object_body(made, bucket, base_of(call.request)))
