#include "anycast/intent.h"

#include <nlohmann/json.hpp>

namespace dotmesh::anycast {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

json question_json(const Question& q) {
  return {{"name", q.name},
          {"type", q.type},
          {"class", q.rclass},
          {"rd", q.recursion_desired},
          {"serials", q.serials}};
}

Question question_of(const json& j) {
  return {j.at("name"), j.at("type"), j.at("class"), j.at("rd"), j.at("serials")};
}

json settings_json(const Settings& s) {
  return {{"method", s.method},
          {"interface", s.interface},
          {"bird_socket", s.bird_socket},
          {"bird_protocol", s.bird_protocol},
          {"probe_interval", s.probe_interval.count()},
          {"down_after", s.verdict.down_after},
          {"up_after", s.verdict.up_after},
          {"hold_down", s.verdict.hold_down.count()},
          {"hold_down_most", s.verdict.hold_down_most.count()},
          {"last_resort", s.last_resort}};
}

Settings settings_of(const json& j) {
  Settings s;
  s.method = j.at("method");
  s.interface = j.at("interface");
  s.bird_socket = j.at("bird_socket");
  s.bird_protocol = j.at("bird_protocol");
  s.probe_interval = milliseconds(j.at("probe_interval"));
  s.verdict = {j.at("down_after"), j.at("up_after"), milliseconds(j.at("hold_down")),
               milliseconds(j.at("hold_down_most"))};
  s.last_resort = j.at("last_resort");
  return s;
}

}  // namespace

std::string write_intent(const Intent& intent) {
  json out = {{"settings", settings_json(intent.settings)},
              {"drained", intent.drained},
              {"services", json::array()}};
  std::size_t room = kMaxLinkMessage / 2;
  const auto add = [&room](json& list, const std::vector<Question>& questions) {
    for (const Question& question : questions) {
      json asked = question_json(question);
      const std::size_t size = asked.dump().size();
      if (size > room) return;
      room -= size;
      list.push_back(std::move(asked));
    }
  };
  for (const Service& service : intent.services) {
    json one = {{"address", service.address},
                {"obstacle", service.obstacle},
                {"presented", service.presented},
                {"questions", json::array()},
                {"mesh_questions", json::array()}};
    add(one["questions"], service.questions);
    add(one["mesh_questions"], service.mesh_questions);
    out["services"].push_back(std::move(one));
  }
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Intent> read_intent(std::string_view text) {
  const json value = json::parse(text, nullptr, /*allow_exceptions=*/false);
  try {
    Intent intent;
    intent.settings = settings_of(value.at("settings"));
    intent.drained = value.at("drained");
    for (const json& one : value.at("services")) {
      Service service{one.at("address"), {}, one.at("obstacle"), one.at("presented")};
      for (const json& question : one.at("questions"))
        service.questions.push_back(question_of(question));
      for (const json& question : one.at("mesh_questions"))
        service.mesh_questions.push_back(question_of(question));
      intent.services.push_back(std::move(service));
    }
    return intent;
  } catch (const json::exception& error) {
    return fail(error.what());
  }
}

}  // namespace dotmesh::anycast
