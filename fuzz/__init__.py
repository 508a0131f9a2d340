"""The fuzz: for every parser of foreign text a property that holds for whatever the text is."""
