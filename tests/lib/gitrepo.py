"""A git repository of zone files for tests: write files, commit, get the commit id."""
import pathlib
import subprocess

SOA = "$TTL 3600\n@ SOA ns hostmaster 1 1d 2h 4w 1h\n@ NS ns\nns A 192.0.2.53\n"


class GitRepository:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.path.mkdir(parents=True, exist_ok=True)
        if not (self.path / ".git").exists():
            self.git("init", "-q", "-b", "main")

    def git(self, *arguments, check=True):
        result = subprocess.run(
            ["git", "-C", str(self.path), "-c", "user.name=Test", "-c", "user.email=test@example.org",
             "-c", "commit.gpgsign=false", "-c", "gc.auto=0", *arguments], capture_output=True, text=True)
        if check and result.returncode != 0:
            raise RuntimeError(f"git {' '.join(arguments)}: {result.stdout}{result.stderr}")
        return result.stdout.strip()

    def write(self, name, content):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content)

    def commit(self, message="change", files=None):
        """Writes `files` ({name: content, None removes}), commits everything; returns the commit id."""
        for name, content in (files or {}).items():
            if content is None:
                (self.path / name).unlink()
            else:
                self.write(name, content)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.head()

    def head(self):
        return self.git("rev-parse", "HEAD")

    def source(self, interval="1h"):
        """The [source] of a node file: only `reload` makes such a node look."""
        return f'repo = "{self.path}"\nbranch = "main"\ninterval = "{interval}"'


def zone(*lines):
    """A small zone's text: SOA, NS and glue, then these lines."""
    return SOA + "".join(line + "\n" for line in lines)
