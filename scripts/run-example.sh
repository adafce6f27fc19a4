#!/usr/bin/env bash
# Starts a node on 127.0.0.1:5353 that follows a git repository made from examples/network.
# The repository (build/example/network) is yours to edit: it is made once and then left alone.
# EXAMPLE_DIR, EXAMPLE_PORT, EXAMPLE_HTTP_PORT and DOTMESH_BINARY are for the test of this script.
set -eu
cd "$(dirname "$0")/.."
example=${EXAMPLE_DIR:-build/example}
port=${EXAMPLE_PORT:-5353}
http_port=${EXAMPLE_HTTP_PORT:-8353}
dotmesh=${DOTMESH_BINARY:-build/dotmesh}
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
cat >"$example/node.toml" <<TOML
[node]
name  = "example-node"
state = "state"
[source]
repo = "network"
branch = "main"
interval = "5s"
[[listen]]
address = "127.0.0.1@$port"
role = ["authority"]
[http]
address = "127.0.0.1@$http_port"
TOML

cat <<TEXT
A node on 127.0.0.1:$port follows the git repository $network. In another terminal try:

  dig @127.0.0.1 -p $port wiki.mesh                       a service
  dig @127.0.0.1 -p $port wiki.mesh.example.net           the same, in the public twin
  dig @127.0.0.1 -p $port 1234.nn.mesh                    a generated node name
  dig @127.0.0.1 -p $port -x 10.70.1.10                   a computed reverse name
  dig @127.0.0.1 -p $port printer.garden.mesh             a referral to a member's own server
  dig @127.0.0.1 -p $port CH TXT generation.server        the commit that is being served

Its status page is http://127.0.0.1:$http_port/

Change a record and see it (the node looks every 5 seconds; reload makes it look at once):

  sed -i 's/10.70.1.10/10.70.1.99/' $network/zones/mesh.zone
  git -C $network commit -a -m "Move the wiki"
  $dotmesh reload --config $example/node.toml
  dig +short @127.0.0.1 -p $port wiki.mesh

Make a mistake (check tells; committed, the node would refuse it and keep serving the last good commit):

  echo "printer 10.70.1.77" >> $network/zones/mesh.zone
  $dotmesh check $network

Ctrl-C stops the node.

TEXT
exec "$dotmesh" serve --config "$example/node.toml"
