"""Airflow in a process of its own, for tests: what our DAGs are, or what a run of one does. Prints JSON, last.

python -m tests.dag_runner describe
python -m tests.dag_runner run DAG_ID [CONF] [STEP:SHARD that fails]
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any

from airflow.dag_processing.dagbag import DagBag

from pipeline.errors import UsageError
from pipeline.scheduling import tasks
from pipeline.scheduling.environment import dags_folder


def main(arguments: list[str]) -> None:
    """Do what the command line says."""
    bag = DagBag(str(dags_folder()))
    if arguments[0] == "describe":
        said: Any = {"errors": bag.import_errors, "dags": {name: _dag(dag) for name, dag in bag.dags.items()}}
    else:
        _, dag_id, conf, *broken = arguments
        for each in broken:
            _break(each)
        said = _states(bag.dags[dag_id].test(run_conf=json.loads(conf)))
    sys.stdout.write(f"\n{json.dumps(said)}\n")


def _dag(dag: Any) -> dict[str, Any]:
    return {
        "doc": dag.doc_md,
        "tags": sorted(dag.tags),
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "timeout": dag.dagrun_timeout and dag.dagrun_timeout.total_seconds(),
        "timetable": type(dag.timetable).__name__,
        "tasks": {task.task_id: _task(task) for task in dag.tasks},
    }


def _task(task: Any) -> dict[str, Any]:
    rules = task.retry_policy.rules
    return {
        "retries": task.retries,
        "timeout": task.execution_timeout and task.execution_timeout.total_seconds(),
        "pool": task.pool,
        "before": sorted(task.get_flat_relative_ids(upstream=True)),
        "outlets": [outlet.name for outlet in task.outlets],
        "errors": [_class_at(path).__name__ for rule in rules for path in rule.exception],
    }


def _class_at(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


def _states(run: Any) -> dict[str, Any]:
    states: dict[str, list[str]] = {}
    for task in sorted(run.get_task_instances(), key=lambda each: (each.task_id, each.map_index)):
        states.setdefault(task.task_id, []).append(str(task.state))
    return {"run": str(run.state), "tasks": states}


def _break(step_and_shard: str) -> None:
    """Let a step fail for one shard, in a way that no retry helps."""
    broken, _, broken_shard = step_and_shard.partition(":")
    whole = tasks.step

    def step(name: str, run: str, *, kind: str, shard: int = 0, of: int = 1) -> dict[str, int]:
        if name == broken and shard == int(broken_shard):
            raise UsageError("broken on purpose")
        return whole(name, run, kind=kind, shard=shard, of=of)

    tasks.step = step


if __name__ == "__main__":
    main(sys.argv[1:])
