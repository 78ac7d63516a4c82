"""Airflow from the outside: what its tasks call, and how it is set up, started and stopped on one machine.

::

    policy       what all DAGs have in common, as plain data
    tasks        what the tasks of `dags/` call, each in a process of its own
    environment  the variables that make an Airflow of our home
    airflow      its metadata database, its commands, one run in process
    leash        becomes a program that ends when its parent does
    components   api-server, scheduler and dag-processor, started together and stopped without a trace

Nothing here imports Airflow: it is a program that we start.
"""
