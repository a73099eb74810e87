#include "program_verbs.hpp"
#include "verbs.hpp"

namespace foldline::inline v0::cli {
namespace {

const choices<stream_order> orders{
    {"name", stream_order::name}, {"events", stream_order::events}, {"recent", stream_order::recent}};

void add_stats(program_verbs& all) {
    auto [command, request] = add_verb<stats_request>(all, "stats", "Tell how large a store is, and of what",
                                                      R"(Examples:
  PROGRAM stats shop.db
  PROGRAM stats shop.db --format json | jq .events)");
    add_store(command, request.store);
    add_format(command, request.shape);
}

void add_streams(program_verbs& all) {
    auto [command, request] = add_verb<streams_request>(all, "streams", "List the streams",
                                                        R"(Examples:
  PROGRAM streams shop.db --category order
  PROGRAM streams shop.db --sort events --limit 10     the longest ones
  PROGRAM streams shop.db --sort recent --limit 10     those that changed last)");
    add_store(command, request.store);
    command.add_option("--category", request.category, "Only streams of this category")->type_name("NAME");
    add_number(command, "--limit", request.limit, "At most so many", 1);
    add_choice(command, "--sort", request.order, "By name, the number of events, or the last event", orders);
    add_format(command, request.shape);
}

void add_verify(program_verbs& all) {
    auto [command, request] = add_verb<verify_request>(
        all, "verify", "Look at every byte of a store that means something",
        R"(Checksums, versions and positions without holes, and all that must agree with the events. The store may be written to
meanwhile. The exit code is 6 if something is wrong.

Examples:
  PROGRAM verify shop.db
  PROGRAM verify shop.db --format json > findings.json || echo damaged)");
    add_store(command, request.store);
    add_read(command, "--most", request.most_findings, "Show so many findings; 100 if not said", [](const auto& text) {
        return number_from(text, 1);
    })->type_name("N");
    add_format(command, request.shape);
}

void add_doctor(program_verbs& all) {
    auto [command, request] = add_verb<doctor_request>(
        all, "doctor", "Look whether the surroundings of a store are what it needs",
        R"(The version of SQLite, the file system, permissions, free space. Changes nothing, and does not need the file to be
sound. The exit code is 1 if something is bad.

Examples:
  PROGRAM doctor shop.db
  PROGRAM doctor shop.db --format ndjson | jq 'select(.state != "good")')");
    add_store(command, request.store);
    add_format(command, request.shape);
}

}  // namespace

void add_store_verbs(program_verbs& all) {
    add_stats(all);
    add_streams(all);
    add_verify(all);
    add_doctor(all);
}

}  // namespace foldline::inline v0::cli
