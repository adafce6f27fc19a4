// The part of the metrics that says what was answered: to which class of client, over what, with which RCODE, how
// fast, and from which cache. A pure function; any thread.
#pragma once

#include "observe/metrics_text.h"
#include "observe/node_metrics.h"

namespace dotmesh::observe {

void add_queries(MetricsText& text, const NodeFigures& figures);

}  // namespace dotmesh::observe
