"""PREMIS 3.0 (Data Dictionary of 2015, XML schema of 18 January 2016): what we write of it and read back.

Objects are named by type "URI": the AIP by its `urn:uuid:...`, a representation or file by that and, as fragment, its
percent-encoded logical path. Such a name says where in the AIP the file stands; its fixity says which bytes.
"""
