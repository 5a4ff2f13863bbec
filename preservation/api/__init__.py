"""The repository over HTTP: `/api/v1`, described by OpenAPI, errors as RFC 9457 problems.

app             create_app: the application, from a repository that stays open
service         what the routes work with
dependencies    what a route may ask for; `requires` says which right it needs
problems        every kind of error and its status; nothing else knows statuses of errors
documented      what a route says of itself in the OpenAPI document
routes/         one module for each kind of resource
schemas/        the shapes of answers and requests
"""
