"""What runs in the fence, as `python -P -m preservation.adapters.conversion.inside.NAME`.

Each module takes a JSON object as its one argument, and prints one (`answers`) or writes files below the folder that it is
told. A status other than 0 means that it could not tell.
"""
