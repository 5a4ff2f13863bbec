"""The Oxford Common File Layout, versions 1.0 and 1.1, as pure code: bytes in, values out.

    layouts         object identifiers to object roots (the storage layout extensions)
    declarations    the small files that mark and explain storage roots and objects
    content_paths   logical paths to content paths that every file system keeps
    inventory       reading and writing inventory.json
    validation      storage roots and objects against the specification's own codes

https://ocfl.io/1.1/spec/ and https://ocfl.io/1.0/spec/
"""
