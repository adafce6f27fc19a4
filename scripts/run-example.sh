#!/usr/bin/env bash
# Starts a node on 127.0.0.1:5353 that follows a git repository made from examples/network.
# The repository (build/example/network) is yours to edit: it is made once and then left alone.
set -eu
cd "$(dirname "$0")/.."
example=build/example
network=$example/network

if [ ! -d "$network/.git" ]; then
  mkdir -p "$network"
  cp -r examples/network/. "$network/"
  git -C "$network" init -q -b main
  git -C "$network" config user.name "Example volunteer"
  git -C "$network" config user.email "volunteer@example.net"
  git -C "$network" add -A
  git -C "$network" commit -q -m "The example network"
fi
cat >"$example/node.toml" <<'TOML'
[node]
name  = "example-node"
state = "state"
[source]
repo = "network"
branch = "main"
interval = "5s"
[[listen]]
address = "127.0.0.1@5353"
role = ["authority"]
TOML

cat <<TEXT
A node on 127.0.0.1:5353 follows the git repository $network. In another terminal try:

  dig @127.0.0.1 -p 5353 wiki.mesh                       a service
  dig @127.0.0.1 -p 5353 wiki.mesh.example.net           the same, in the public twin
  dig @127.0.0.1 -p 5353 1234.nn.mesh                    a generated node name
  dig @127.0.0.1 -p 5353 -x 10.70.1.10                   a computed reverse name
  dig @127.0.0.1 -p 5353 printer.garden.mesh             a referral to a member's own server
  dig @127.0.0.1 -p 5353 CH TXT generation.server        the commit that is being served

Change a record and see it (the node looks every 5 seconds; dotmesh reload makes it look at once):

  sed -i 's/10.70.1.10/10.70.1.99/' $network/zones/mesh.zone
  git -C $network commit -a -m "Move the wiki"
  build/dotmesh reload --config $example/node.toml
  dig @127.0.0.1 -p 5353 wiki.mesh +short

Make a mistake (the node says so, and keeps serving the last good commit):

  echo "printer 10.70.1.77" >> $network/zones/mesh.zone
  build/dotmesh check $network

Ctrl-C stops the node.

TEXT
exec build/dotmesh serve --config "$example/node.toml"
