"""OCFL objects and storage roots against the specification, with its own codes (1.0 and 1.1).

https://ocfl.io/1.1/spec/validation-codes.html. What is read comes through `tree.ObjectTree`; what is wrong comes out as
findings. An exception means that the tree could not be read.
"""
