#include "program_verbs.hpp"
#include "schema_catalog.hpp"
#include "schema_verbs.hpp"

#include <vector>

namespace foldline::inline v0::cli {
namespace {

const choices<schema_level> levels{
    {"wire", schema_level::wire}, {"json", schema_level::json}, {"source", schema_level::source}};

schema_address address_from(const std::string& text) {
    if (auto address = schema_address_from(text)) return *address;
    refuse(text, "no schema such as order-placed, order-placed@2 or order-placed@2#1");
}

CLI::Option* add_addresses(CLI::App& verb, std::vector<schema_address>& which, const std::string& about) {
    return verb
        .add_option_function<std::vector<std::string>>(
            "TYPE",
            [&which](const std::vector<std::string>& texts) {
                for (const std::string& text : texts) which.push_back(address_from(text));
            },
            about)
        ->type_name("...");
}

void add_raw(CLI::App& verb, event_display& display) {
    verb.add_flag_callback(
        "--raw", [&display] { display.escape = escaping::off; },
        "Write control characters and the like as they are; a terminal obeys them");
}

void add_list(program_verbs& all, CLI::App& parent) {
    auto [command, request] = add_verb<schema_list_request>(
        all, parent, "list", "List the types of events, with their schemas",
        R"(REVISIONS is how many schemas a type was stored under: a message that gains fields needs no new version. MARKS tells of
events that are retired or hold personal data.

Examples:
  PROGRAM schema list shop.db
  PROGRAM schema list shop.db --format ndjson | jq -r 'select(.personal != []) | .event')");
    add_store(command, request.store);
    add_format(command, request.shape);
}

void add_show(program_verbs& all, CLI::App& parent) {
    auto [command, request] = add_verb<schema_show_request>(
        all, parent, "show", "Show the .proto text of an event's schema",
        R"(TYPE is order-placed for the newest version, order-placed@2 for one of them, or order-placed@2#1 for its first revision.

Examples:
  PROGRAM schema show shop.db order-placed
  PROGRAM schema show shop.db order-placed@1 --format json | jq -r '.files[].name')");
    add_store(command, request.store);
    add_read(command, "TYPE", request.which, "order-placed, order-placed@2 or order-placed@2#1", address_from)
        ->required()
        ->type_name("");
    add_format(command, request.display.shape);
    add_raw(command, request.display);
}

/// As CLI11 writes it "...".
constexpr int any_number = CLI::detail::expected_max_vector_size;

void require_pair(const schema_diff_request& request) {
    if (request.other.empty() && request.which.size() != 2)
        throw CLI::ValidationError("name two schemas of the store, or another store by --with");
}

void add_diff(program_verbs& all, CLI::App& parent) {
    auto [command, request] = add_verb<schema_diff_request>(
        all, parent, "diff", "Tell what a change of a schema breaks",
        R"(Compares two schemas of a store, or those of the same types in two stores: whether whoever knows the second reads what
was written by the first. Levels are wire (stored bytes), json (and names) and source (and generated code). The exit code
is 1 if something breaks.

Examples:
  PROGRAM schema diff shop.db order-placed@1 order-placed@2
  PROGRAM schema diff shop.db order-placed@2#1 order-placed@2#2 --level json
  PROGRAM schema diff shop.db --with trial.db && echo "trial.db reads shop.db")",
        require_pair);
    add_store(command, request.store);
    add_addresses(command, request.which, "The schema before, and the one after")->expected(0, any_number);
    command.add_option("--with", request.other, "Compare with this store's newest schemas")->type_name("STORE");
    add_choice(command, "--level", request.level, "What must stay as it is; wire if not said", levels);
    add_format(command, request.display.shape);
    add_raw(command, request.display);
}

void add_export(program_verbs& all, CLI::App& parent) {
    auto [command, request] = add_verb<schema_export_request>(
        all, parent, "export", "Write the .proto files of stored events",
        R"(FOLDER must be new or empty. Gets the files that protoc needs to generate code, and descriptors.binpb, a
FileDescriptorSet of all of them. A file has those messages of it that stored events are made of. Without TYPE the newest
schema of every type is taken.

Examples:
  PROGRAM schema export shop.db protos
  PROGRAM schema export shop.db protos order-placed@1 && protoc -I protos --python_out=. protos/shop/v1/*.proto)");
    add_store(command, request.store);
    add_file(command, "FOLDER", request.folder, "The folder to be made");
    add_addresses(command, request.which, "Which schemas; left out, the newest of every type")->expected(0, any_number);
    add_format(command, request.shape);
}

}  // namespace

void add_schema_verbs(program_verbs& all) {
    CLI::App& schema = *all.program.add_subcommand("schema", "What events are made of, and what changes of it break");
    schema.group("Schemas")->require_subcommand(1);
    schema.footer(named(R"(Examples:
  PROGRAM schema list shop.db
  PROGRAM schema show shop.db order-placed)",
                        all.program.get_name()));
    add_list(all, schema);
    add_show(all, schema);
    add_diff(all, schema);
    add_export(all, schema);
    add_schema_history_verbs(all, schema);
}

}  // namespace foldline::inline v0::cli
