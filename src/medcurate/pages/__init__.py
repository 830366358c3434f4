"""What all HTML pages share: template environment, frame, style, and images within the page.

A page is one file: it needs no script, no network and no other file, and its policy forbids them.
"""
