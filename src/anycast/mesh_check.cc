#include "anycast/mesh_check.h"

namespace dotmesh::anycast {

bool MeshCheck::on_time(const std::vector<Question>& questions, Clock::Monotonic now) {
  if (questions.empty()) {
    asked_ = false;
    failed_in_row_ = 0;
    fault_.clear();
    return false;
  }
  if (asked_ && now - asked_at_ < kEvery) return false;
  if (asked_) judge();
  probe_.begin(questions[turn_++ % questions.size()]);
  asked_ = true;
  asked_at_ = now;
  return true;
}

void MeshCheck::judge() {
  probe_.look();  // what has come in the meantime counts
  const std::optional<std::string> fault = probe_.fault();
  failed_in_row_ = fault ? failed_in_row_ + 1 : 0;
  if (!fault) fault_.clear();
  if (failed_in_row_ >= kFaultAfter) fault_ = *fault;
}

}  // namespace dotmesh::anycast
