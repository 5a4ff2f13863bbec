"""Everything that runs jobs: processes around the services. `preservation` never imports it.

supervisor    `serve`: API, worker and scheduler under one parent
worker        a parent with one process for each slot, and one for housekeeping
slots         a slot that leases straight from the table of jobs
consumer      a slot that a broker tells of jobs (app, tasks)
running       one leased job: heartbeat, cancellation, outcome
kinds         kinds of jobs, each with the service that it calls
turns         work of days, in pieces that let other work have its turn
housekeeping  ledger, reconciling, the register of workers
scheduler     what is due by policy is queued
parts         child processes: restarted when they die, ended when they are to end
"""
