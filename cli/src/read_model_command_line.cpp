#include "program_verbs.hpp"
#include "verbs.hpp"

namespace foldline::inline v0::cli {
namespace {

void add_models(CLI::App& verb, std::filesystem::path& models) {
    verb.add_option("--models", models, "The file of the read models, if the store does not know of it")
        ->type_name("FILE");
}

void add_stored_projections(program_verbs& all) {
    auto [command, request] = add_verb<stored_projections_request>(
        all, "projections", "Tell how far the read models of a store have come",
        R"(From the files alone, without the program that projects. They are found where programs have noted them, and beside
the store; --models names another one. With --check the exit code is 1 unless all are current and nothing is parked.

Examples:
  PROGRAM projections shop.db
  PROGRAM projections shop.db --models shop.db.read-models --check
  PROGRAM projections shop.db --json | jq '.[].partitions[].lag_seconds')");
    add_store(command, request.store);
    add_models(command, request.models);
    command.add_flag_callback(
        "--check", [&request] { request.health = check::on; }, "Let the exit code tell whether all is well");
    add_format_or_json(command, request.shape);
}

void add_stored_letters(program_verbs& all) {
    auto [command, request] =
        add_verb<stored_letters_request>(all, "dead-letters", "Show the events that projections have set aside",
                                         R"(From the files alone: events are shown as they are stored, as `events` does.

Examples:
  PROGRAM dead-letters shop.db
  PROGRAM dead-letters shop.db sales --failed
  PROGRAM dead-letters shop.db --format ndjson | jq -r .error | sort | uniq -c)");
    add_store(command, request.store);
    command.add_option("NAME", request.names, "Of which projections; left out, of all")->type_name("...");
    add_models(command, request.models);
    command.add_flag("--failed", request.failed_only, "Only those that could not be applied");
    add_read(command, "--limit", request.limit, "At most so many; 1000 if not said", [](const std::string& text) {
        return number_from(text, 1);
    })->type_name("N");
    add_format_or_json(command, request.display.shape);
    add_unveiling(command, request.display);
}

}  // namespace

void add_read_model_verbs(program_verbs& all) {
    if (all.self.projections) {
        add_projection_verbs(all.program, [&all](const projection_request& request) {
            all.asked = [request](const console& to) { return run(request, to); };
        });
    } else {
        add_stored_projections(all);
        add_stored_letters(all);
    }
}

}  // namespace foldline::inline v0::cli
