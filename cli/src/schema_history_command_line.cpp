#include "program_verbs.hpp"
#include "schema_history_verbs.hpp"

#include <foldline/core/error.hpp>
#include <foldline/upcasters/schema_check.hpp>

#include <string>
#include <vector>

namespace foldline::inline v0::cli {
namespace {

choices<compatibility_mode> modes() {
    choices<compatibility_mode> all;
    for (const compatibility_mode each : every_compatibility_mode()) all.emplace_back(word_of(each), each);
    return all;
}

choices<schema_level> levels() {
    choices<schema_level> all;
    for (const schema_level each : every_schema_level()) all.emplace_back(word_of(each), each);
    return all;
}

void add_descriptors(CLI::App& verb, std::filesystem::path& file) {
    verb.add_option("--descriptors", file,
                    "What protoc --include_imports --descriptor_set_out made of the .proto files")
        ->required()
        ->type_name("FILE");
}

void add_compatibility(CLI::App& verb, compatibility& asked) {
    static const auto known_modes = modes();
    static const auto known_levels = levels();
    add_choice(verb, "--mode", asked.mode, "Who reads whose events; backward_transitive if not said", known_modes);
    add_choice(verb, "--level", asked.level, "What must stay as it is; wire if not said", known_levels);
    verb.add_option_function<std::vector<std::string>>(
            "--allow",
            [&asked](const std::vector<std::string>& rules) {
                for (const std::string& each : rules) asked.allowed.push_back(each);
                try {
                    require_known_rules(asked);
                } catch (const definition_error& why) {
                    throw CLI::ValidationError(why.what());
                }
            },
            "Do not apply this rule; may be given again")
        ->allow_extra_args(false)
        ->type_name("RULE");
}

void add_check(program_verbs& all, CLI::App& schema) {
    auto [command, request] = add_verb<schema_check_request>(
        all, schema, "check", "Tell what a program's events would break",
        R"(PAST is the folder of a schema history, or a store. Compares each event of the descriptors with every schema of its
past. Whether upcasters lead from old versions to current ones only the program itself can tell: its build does, by
foldline_schema_history(). The exit code is 1 if something breaks.

Examples:
  PROGRAM schema check schemas --descriptors shop.binpb
  PROGRAM schema check shop.db --descriptors shop.binpb --mode full_transitive
  PROGRAM schema check schemas --descriptors shop.binpb --format json | jq -r '.problems[].rule')");
    add_file(command, "PAST", request.past, "A folder of recorded schemas, or the file that holds the events");
    add_descriptors(command, request.descriptors);
    add_compatibility(command, request.asked);
    add_format(command, request.shape);
}

void add_history(program_verbs& all, CLI::App& schema) {
    auto [command, request] =
        add_verb<schema_history_request>(all, schema, "history", "List the recorded schemas",
                                         R"(Reads every file of the folder, and fails at one that is damaged.

Examples:
  PROGRAM schema history schemas
  PROGRAM schema history schemas --format ndjson | jq -r .file)");
    add_file(command, "FOLDER", request.folder, "The folder of recorded schemas");
    add_format(command, request.shape);
}

void add_accept(program_verbs& all, CLI::App& schema) {
    auto [command, request] = add_verb<schema_accept_request>(
        all, schema, "accept", "Record what the events of a release are written by",
        R"(Adds a text file for each event that is new or has changed, to be reviewed and committed with the change; never alters
one that is there. What breaks a rule is not recorded, unless the rule is allowed; then builds do not tell it again. The
exit code is 1 if something breaks.

Examples:
  PROGRAM schema accept schemas --descriptors shop.binpb
  PROGRAM schema accept schemas --descriptors shop.binpb --allow field-removed)");
    add_file(command, "FOLDER", request.folder, "The folder of recorded schemas; made if it is not there");
    add_descriptors(command, request.descriptors);
    add_compatibility(command, request.asked);
    add_format(command, request.shape);
}

}  // namespace

void add_schema_history_verbs(program_verbs& all, CLI::App& schema) {
    add_check(all, schema);
    add_history(all, schema);
    add_accept(all, schema);
}

}  // namespace foldline::inline v0::cli
