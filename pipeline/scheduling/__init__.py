"""Airflow from the outside: what its tasks call, and how it is set up, started and stopped on one machine.

::

    tasks        what the tasks of `dags/` call, each in a process of its own
    environment  the variables that make an Airflow of our home
    airflow      its metadata database, its commands, one run in process
    components   api-server, scheduler and dag-processor, started together and stopped without a trace

Nothing here imports Airflow: it is a program that we start.
"""

# Bounds how many tasks go out to the web at once, over all DAGs. Whoever sets Airflow up creates it.
POOL = "qantar_fetch"
