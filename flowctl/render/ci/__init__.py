"""What `ci` found out, for people (text, the comment of a merge request) and for the widgets of hosts."""
