"""From one report to text, Markdown, JSON and the like. Nothing here prints."""
