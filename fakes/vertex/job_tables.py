"""What the methods of jobs, batches, models and endpoints do with each parameter.

The parameters are those of the discovery documents (v1 and v1beta1).
"""

from __future__ import annotations

from fakes.parameters import HONOURED, Honoured, Refused, Table, WithoutEffect
from fakes.vertex.reading import query_table

__all__ = [
    "BATCH",
    "LISTED",
    "LISTED_BATCHES",
    "LISTED_ENDPOINTS",
    "LISTED_JOBS",
    "LISTED_MODELS",
    "TUNING_JOB",
    "UNDEPLOY",
    "VERSIONS",
]

_SET_BY_SERVICE = WithoutEffect("output only: the service sets it, and passes over what a client sends")
_NO_KEYS = "there are no keys and no accounts here that a job could be given"
_OPEN_MODELS = "of models that are not Gemini's, none of which is tuned here"
_OTHER_TUNING = "supervised tuning alone is done here"
_OTHER_PLACE = "batches are read from Cloud Storage and written there"
_OWN_MACHINES = "batches are of Gemini models, which run on no machines of the project's"
_FIXED_ORDER = "a list begins with the newest"
_WHOLE = "a resource is answered whole"

_HYPER = Table(
    {
        "adapterSize": Refused("what is learned does not depend on it", (None, "ADAPTER_SIZE_UNSPECIFIED")),
        "batchSize": Refused(_OPEN_MODELS),
        "epochCount": HONOURED,
        "learningRate": Refused(_OPEN_MODELS),
        "learningRateMultiplier": HONOURED,
    }
)
TUNING_JOB = Table(
    {
        "baseModel": HONOURED,
        "createTime": _SET_BY_SERVICE,
        "customBaseModel": Refused(_OPEN_MODELS),
        "description": HONOURED,
        "distillationSpec": Refused(_OTHER_TUNING),
        "encryptionSpec": Refused(_NO_KEYS),
        "endTime": _SET_BY_SERVICE,
        "error": _SET_BY_SERVICE,
        "evaluateDatasetRuns": Refused("nothing is evaluated here", (None, [])),
        "experiment": _SET_BY_SERVICE,
        "fullFineTuningSpec": Refused(_OTHER_TUNING),
        "gcsMetricsUri": _SET_BY_SERVICE,
        "labels": HONOURED,
        "name": _SET_BY_SERVICE,
        "outputUri": Refused(_OPEN_MODELS),
        "partnerModelTuningSpec": Refused(_OTHER_TUNING),
        "pipelineJob": _SET_BY_SERVICE,
        "preTunedModel": Honoured(
            Table(
                {
                    "baseModel": _SET_BY_SERVICE,
                    "checkpointId": HONOURED,
                    "tunedModelName": HONOURED,
                }
            )
        ),
        "preferenceOptimizationSpec": Refused(_OTHER_TUNING),
        "reinforcementTuningSpec": Refused(_OTHER_TUNING),
        "satisfiesPzi": _SET_BY_SERVICE,
        "satisfiesPzs": _SET_BY_SERVICE,
        "serviceAccount": Refused(_NO_KEYS),
        "startTime": _SET_BY_SERVICE,
        "state": _SET_BY_SERVICE,
        "supervisedTuningSpec": Honoured(
            Table(
                {
                    "evaluationConfig": Refused("nothing is evaluated here"),
                    "exportLastCheckpointOnly": HONOURED,
                    "hyperParameters": Honoured(_HYPER),
                    "trainingDatasetUri": HONOURED,
                    "tuningMode": Refused(
                        _OPEN_MODELS, (None, "TUNING_MODE_UNSPECIFIED", "TUNING_MODE_PEFT_ADAPTER")
                    ),
                    "validationDatasetUri": HONOURED,
                }
            )
        ),
        "tunedModel": _SET_BY_SERVICE,
        "tunedModelDisplayName": HONOURED,
        "tuningDataStats": _SET_BY_SERVICE,
        "tuningJobMetadata": _SET_BY_SERVICE,
        "tuningJobState": _SET_BY_SERVICE,
        "updateTime": _SET_BY_SERVICE,
        "veoLoraTuningSpec": Refused(_OTHER_TUNING),
        "veoTuningSpec": Refused(_OTHER_TUNING),
    }
)
"""A TuningJob, as it is created."""
BATCH = Table(
    {
        "completionStats": _SET_BY_SERVICE,
        "createTime": _SET_BY_SERVICE,
        "dedicatedResources": Refused(_OWN_MACHINES),
        "disableContainerLogging": Refused(_OWN_MACHINES, (None, False)),
        "displayName": HONOURED,
        "encryptionSpec": Refused(_NO_KEYS),
        "endTime": _SET_BY_SERVICE,
        "endpoint": Refused("a batch is of a model"),
        "error": _SET_BY_SERVICE,
        "explanationSpec": Refused("answers are not explained"),
        "generateExplanation": Refused("answers are not explained", (None, False)),
        "inputConfig": Honoured(
            Table(
                {
                    "bigquerySource": Refused(_OTHER_PLACE),
                    "gcsSource": Honoured(Table({"uris": HONOURED})),
                    "instancesFormat": HONOURED,
                    "vertexMultimodalDatasetSource": Refused(_OTHER_PLACE),
                }
            )
        ),
        "instanceConfig": Refused("a line is a request, as it is"),
        "labels": HONOURED,
        "manualBatchTuningParameters": Refused(_OWN_MACHINES),
        "model": HONOURED,
        "modelMonitoringConfig": Refused("models are not monitored"),
        "modelMonitoringStatsAnomalies": Refused("models are not monitored", (None, [])),
        "modelMonitoringStatus": _SET_BY_SERVICE,
        "modelParameters": Refused("each request has its own generationConfig", (None, {})),
        "modelVersionId": _SET_BY_SERVICE,
        "name": _SET_BY_SERVICE,
        "outputConfig": Honoured(
            Table(
                {
                    "bigqueryDestination": Refused(_OTHER_PLACE),
                    "gcsDestination": Honoured(Table({"outputUriPrefix": HONOURED})),
                    "predictionsFormat": HONOURED,
                    "vertexMultimodalDatasetDestination": Refused(_OTHER_PLACE),
                }
            )
        ),
        "outputInfo": _SET_BY_SERVICE,
        "partialFailures": _SET_BY_SERVICE,
        "resourcesConsumed": _SET_BY_SERVICE,
        "satisfiesPzi": _SET_BY_SERVICE,
        "satisfiesPzs": _SET_BY_SERVICE,
        "serviceAccount": Refused(_NO_KEYS),
        "startTime": _SET_BY_SERVICE,
        "state": _SET_BY_SERVICE,
        "unmanagedContainerModel": Refused(_OWN_MACHINES),
        "updateTime": _SET_BY_SERVICE,
    }
)
"""A BatchPredictionJob, as it is created."""
UNDEPLOY = Table(
    {
        "deployedModelId": HONOURED,
        "trafficSplit": Refused("no traffic is left where one model was deployed", (None, {})),
    }
)
"""An UndeployModelRequest."""

_ORDER = Refused(_FIXED_ORDER, ("",))
_MASK = Refused(_WHOLE, ("", "*"))
LISTED = query_table(pageSize=HONOURED, pageToken=HONOURED)
"""The query of a list that has pages."""
LISTED_JOBS = query_table(filter=HONOURED, pageSize=HONOURED, pageToken=HONOURED)
"""The query of a list of tuning jobs."""
LISTED_BATCHES = query_table(filter=HONOURED, pageSize=HONOURED, pageToken=HONOURED, readMask=_MASK)
"""The query of a list of batches."""
LISTED_MODELS = query_table(
    filter=HONOURED, orderBy=_ORDER, pageSize=HONOURED, pageToken=HONOURED, readMask=_MASK
)
"""The query of a list of models."""
LISTED_ENDPOINTS = query_table(
    filter=HONOURED,
    gdcZone=Refused("there are no zones of Google Distributed Cloud", ("",)),
    orderBy=_ORDER,
    pageSize=HONOURED,
    pageToken=HONOURED,
    readMask=_MASK,
)
"""The query of a list of endpoints."""
VERSIONS = query_table(
    filter=Refused("versions are listed whole", ("",)),
    orderBy=_ORDER,
    pageSize=HONOURED,
    pageToken=HONOURED,
    readMask=_MASK,
)
"""The query of a list of a model's versions."""
