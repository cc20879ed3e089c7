"""The JSON form of Vertex AI's resources: times in RFC 3339, int64 as strings, unset fields left out."""

from __future__ import annotations

from fakes.google import timestamp
from fakes.ids import Ids, decimal
from fakes.routes import Result
from fakes.vertex.records import Batch, Endpoint, Job, Registry, Version

__all__ = [
    "batch_body",
    "endpoint_body",
    "finished_operation",
    "job_body",
    "model_body",
    "publisher_model_body",
]


def job_body(job: Job) -> dict[str, object]:
    """A TuningJob resource."""
    line = job.timeline
    body: dict[str, object] = {
        "name": job.name,
        **job.spec.echo,
        "createTime": timestamp(line.begin),
        "updateTime": timestamp(line.now),
        "state": line.state,
    }
    started = line.entered("JOB_STATE_RUNNING")
    if started is not None:
        body["startTime"] = timestamp(started)
    if line.ended:
        body["endTime"] = timestamp(line.now)
    if job.error:
        body["error"] = job.error
    if job.version:
        body["tunedModel"] = _tuned_model(job, job.version)
    if job.stats:
        body["tuningDataStats"] = {"supervisedTuningDataStats": job.stats}
    return body


def _tuned_model(job: Job, version: Version) -> dict[str, object]:
    body: dict[str, object] = {
        "model": version.full_name,
        "endpoint": job.endpoints[-1].name,
    }
    if not job.spec.last_only:
        body["checkpoints"] = [
            {
                "checkpointId": endpoint.checkpoint_id,
                "epoch": str(endpoint.checkpoint.epoch),
                "step": str(endpoint.checkpoint.step),
                "endpoint": endpoint.name,
            }
            for endpoint in job.endpoints
        ]
    return body


def batch_body(batch: Batch) -> dict[str, object]:
    """A BatchPredictionJob resource; int64 as strings, and counts of 0 left out."""
    line = batch.timeline
    body: dict[str, object] = {
        "name": batch.name,
        **batch.spec.echo,
        "state": batch.state,
        "createTime": timestamp(line.begin),
        "updateTime": timestamp(line.now),
    }
    if (started := line.entered("JOB_STATE_RUNNING")) is not None:
        body["startTime"] = timestamp(started)
    if line.ended:
        body["endTime"] = timestamp(line.now)
    if batch.error:
        body["error"] = batch.error
    if batch.counts:
        named = zip(("successfulCount", "failedCount"), batch.counts, strict=True)
        body["completionStats"] = {name: str(count) for name, count in named if count}
        body["outputInfo"] = {"gcsOutputDirectory": batch.directory}
    return body


def model_body(registry: Registry, version: Version) -> dict[str, object]:
    """A Model resource."""
    newest = registry.models[version.name][-1] is version
    deployed = [
        {"endpoint": each.name, "deployedModelId": each.deployed_id}
        for each in registry.deployments(version.name)
        if each.version is version
    ]
    when = timestamp(version.created)
    return {
        "name": version.name,
        "displayName": version.display_name,
        "versionId": str(version.number),
        **({"versionAliases": ["default"]} if newest else {}),
        "labels": version.labels,
        "createTime": timestamp(registry.models[version.name][0].created),
        "versionCreateTime": when,
        "updateTime": when,
        "versionUpdateTime": when,
        **({"deployedModels": deployed} if deployed else {}),
        "checkpoints": [
            {"checkpointId": str(number), "epoch": str(each.epoch), "step": str(each.step)}
            for number, each in enumerate(version.checkpoints, 1)
        ],
        "defaultCheckpointId": str(len(version.checkpoints)),
    }


def endpoint_body(endpoint: Endpoint) -> dict[str, object]:
    """An Endpoint resource."""
    version, when = endpoint.version, timestamp(endpoint.version.created)
    body: dict[str, object] = {
        "name": endpoint.name,
        "displayName": version.display_name,
        "labels": version.labels,
        "createTime": when,
        "updateTime": when,
    }
    if endpoint.deployed:
        body["deployedModels"] = [
            {
                "id": endpoint.deployed_id,
                "model": version.name,
                "modelVersionId": str(version.number),
                "checkpointId": endpoint.checkpoint_id,
                "displayName": version.display_name,
                "createTime": when,
            }
        ]
        body["trafficSplit"] = {endpoint.deployed_id: 100}
    return body


def publisher_model_body(name: str) -> dict[str, object]:
    """A PublisherModel resource."""
    return {"name": f"publishers/google/models/{name}", "versionId": "default", "launchStage": "GA"}


def finished_operation(ids: Ids, parent: str, metadata: str, name: str) -> Result:
    """A response with a finished google.longrunning.Operation."""
    number = decimal(ids.of("operation", metadata, name), 19)
    space = "type.googleapis.com/google.cloud.aiplatform.v1beta1"
    return Result(
        {
            "name": f"{parent}/operations/{number}",
            "metadata": {"@type": f"{space}.{metadata}"},
            "done": True,
            "response": {"@type": "type.googleapis.com/google.protobuf.Empty"},
        }
    )
