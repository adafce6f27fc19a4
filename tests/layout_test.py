#!/usr/bin/env python3
"""Fails when a folder of src/ includes one below it. The order is that of add_subdirectory in CMakeLists.txt:
a folder may include its own headers and those of folders that stand above it."""
import pathlib
import re
import sys


def folders_in_order(root):
    return re.findall(r"^add_subdirectory\(src/(\w+)\)", (root / "CMakeLists.txt").read_text(), re.M)


def faults(root):
    order = folders_in_order(root)
    rank = {folder: i for i, folder in enumerate(order)}
    found = [f"src/{path.name}: not in CMakeLists.txt" for path in sorted((root / "src").iterdir())
             if path.is_dir() and path.name not in rank]
    for folder in order:
        for path in sorted((root / "src" / folder).rglob("*")):
            if path.suffix not in (".h", ".cc"):
                continue
            for number, line in enumerate(path.read_text().splitlines(), 1):
                match = re.match(r'\s*#\s*include\s+"(\w+)/', line)
                if match and match.group(1) in rank and rank[match.group(1)] > rank[folder]:
                    found.append(f"{path.relative_to(root)}:{number}: {folder} includes {match.group(1)}, which stands "
                                 f"below it; move what both need to a folder above {folder}")
                elif match and match.group(1) not in rank and not (path.parent / match.group(0).split('"')[1]).exists():
                    found.append(f"{path.relative_to(root)}:{number}: no folder src/{match.group(1)}")
    return found


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    found = faults(root)
    print("\n".join(found) or f"layout: {len(folders_in_order(root))} folders in order")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
