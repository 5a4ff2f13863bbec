"""METS 1.12 as the E-ARK CSIP 2.1 profile uses it: what we write of it and read back."""
