"""BagIt, versions 0.93 to 0.97 (draft-kunze-bagit-00 to -13) and 1.0 (RFC 8493), as pure code: bytes in, findings out.

    declaration   bagit.txt, and the rules that its version brings
    tag_text      tag files as bounded lines of text in the declared encoding
    paths         how manifests write paths, and which are refused
    bag_info      bag-info.txt and package-info.txt
    manifests     payload and tag manifests
    fetch         fetch.txt
    listing       which file a written path means
    plan          all of it together: what a bag promises, and what is wrong with it before a payload byte is read

Codes: BAG-*; the sentences are in `domain.messages`. Decisions where the specification is disputed: docs/decisions/0003.
"""
