"""Format conversion by other people's programs, fenced off, and comparisons by others than those (ports.Converter).

converter.py     ToolConverter: recipes by name; what a run came to, as the port's values
recipes.py       every recipe: what it takes and gives, how it converts, how it compares
puids.py         the PUIDs of families of formats, and the suffix under which a program knows a format
bench.py         one conversion or comparison: runs programs, and keeps what was run and by which versions
programs.py      the programs, their Debian packages, what is not possible without them, and their versions
raster.py, pdf.py, office.py, audio.py, video.py, mail.py, text.py
                 one kind of content each: its conversions and its comparison
inside/          modules that run in the fence: they alone read hostile bytes in Python
"""
