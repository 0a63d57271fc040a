"""Tables and rosters in a spreadsheet: out, and back as a reviewable change."""
