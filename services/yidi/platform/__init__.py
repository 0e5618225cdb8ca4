"""The national platform: who may settle where, who is asked, what came of it. Pays nobody and calculates nothing."""
