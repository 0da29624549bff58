"""Prints what TensorBoard reads from event files: for every tag its plugin and its (step, value) pairs.

read_events.py FILE... ; one JSON object, files by their position.
"""

import json
import sys

from tensorboard.backend.event_processing import event_file_loader
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.util import tensor_util


def hyperparameters(content):
    data = plugin_data_pb2.HParamsPluginData.FromString(content)
    start, experiment = data.session_start_info, data.experiment
    values = {
        name: getattr(value, value.WhichOneof("kind")) for name, value in start.hparams.items()
    }
    return {
        "values": values,
        "status": data.session_end_info.status,
        "columns": [info.name for info in experiment.hparam_infos],
        "metrics": [info.name.tag for info in experiment.metric_infos],
    }


def contents(path):
    tags, events = {}, 0
    for event in event_file_loader.EventFileLoader(path).Load():
        events += 1
        for value in event.summary.value:
            tag = tags.setdefault(value.tag, {"plugin": "", "points": [], "texts": []})
            if value.metadata.plugin_data.plugin_name:
                tag["plugin"] = value.metadata.plugin_data.plugin_name
            if tag["plugin"] == "hparams":
                tag["hyperparameters"] = hyperparameters(value.metadata.plugin_data.content)
                continue
            tensor = tensor_util.make_ndarray(value.tensor)
            if tag["plugin"] == "text":
                tag["texts"] += [text.decode() for text in tensor.flatten()]
            elif tag["plugin"] == "histograms":
                tag["histogram"] = tensor.tolist()
            else:
                tag["points"].append([event.step, repr(float(tensor))])
    return {"events": events, "tags": tags}


print(json.dumps([contents(path) for path in sys.argv[1:]]))
