"""What the tests of the status page share: a small network, and npm."""
import subprocess

import gitrepo

ZONE = gitrepo.zone("wiki CNAME web", "web A 10.70.90.82", "web TXT \"of the wiki\"", "*.guest A 10.9.9.9")
NETWORK = ('[[zone]]\nname = "mesh."\nfile = "mesh.zone"\ntwins = ["mesh.example.net."]\n'
           '[[zone]]\nname = "10.in-addr.arpa."\nreverse_of = ["mesh."]\n')


def npm(folder, *arguments):
    result = subprocess.run(["npm", *arguments], cwd=folder, capture_output=True, text=True, timeout=240)
    assert result.returncode == 0, result.stdout + result.stderr
