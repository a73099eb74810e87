// `export`, `import`, `copy` and `diff`.

#include "program_verbs.hpp"
#include "transfer_verbs.hpp"

#include <foldline/core/stream_id.hpp>

#include <string>
#include <vector>

namespace foldline::inline v0::cli {
namespace {

const choices<std::optional<sqlite::stream_index>> indexes{{"immediate", sqlite::stream_index::immediate},
                                                           {"merged", sqlite::stream_index::merged}};

void add_index(CLI::App& verb, std::optional<sqlite::stream_index>& index) {
    add_choice(verb, "--index", index, "How the new store finds the events of a stream", indexes);
}

void add_bounds(CLI::App& verb, event_selection& which) {
    add_selection(verb, which);
    add_number(verb, "--after", which.after, "Only events beyond this one", 0);
    add_number(verb, "--before", which.before, "Only events before this one", 1);
}

void add_export(program_verbs& all) {
    auto [command, request] = add_verb<export_request>(
        all, "export", "Write events as lines of CloudEvents JSON",
        R"(Each line is a CloudEvent 1.0. The first one tells of the store, the upcasters that it keeps come next,
each schema stands before the first event of its type, and each line and the whole have a checksum, so that `import`
makes the same store of the file, byte for byte, and notices if a line was changed or is missing. FILE must not exist,
and is there only when it is whole; without FILE the lines go to stdout.

Payloads are JSON where that says all of the stored bytes, else base64. Fields that hold personal data are *** unless
--unmasked is given, and a line with such a field cannot be imported. Metadata is written as it is.

Only some events (--stream, --category, --type, --correlation, --after, --before) can be imported with --renumber, which
gives them new versions and positions.

Examples:
  PROGRAM export shop.db shop.ndjson --unmasked
  PROGRAM export shop.db --type order-placed | jq -r .subject
  PROGRAM export shop.db --unmasked | ssh elsewhere PROGRAM import - shop.db)");
    add_store(command, request.store);
    command.add_option("FILE", request.file, "The file to be made; none: stdout")->type_name("");
    add_bounds(command, request.which);
    command.add_flag_callback(
        "--unmasked", [&request] { request.personal = personal_data::shown; },
        "Write fields that hold personal data, which are *** otherwise");
}

void add_import(program_verbs& all) {
    auto [command, request] = add_verb<import_request>(
        all, "import", "Make a store of what `export` wrote",
        R"(The new store holds the same events: ids, versions, positions, times, metadata, payloads, schemas, the ids
by which a repeated append is known, and the upcasters that the file keeps. It is a store of its own, with an identity
of its own: both may be written to from now on, so followers and read models of the one must not go on with the other.

STORE is there only when all of it is: synced and verified. An import that was stopped goes on where it was when it is
run again with the same file; one that is done changes nothing. A file that is not as `export` wrote it (a part is
missing, a line was changed) is refused by the number of the line, and leaves nothing.

Examples:
  PROGRAM import shop.ndjson shop.db
  zstd -dc shop.ndjson.zst | PROGRAM import - shop.db
  PROGRAM import selected.ndjson some.db --renumber)");
    add_file(command, "FILE", request.file, "What `export` wrote; - is stdin");
    add_file(command, "STORE", request.store, "The store to be made");
    command.add_flag_callback(
        "--renumber", [&request] { request.numbering = numbers::anew; },
        "Number the events anew, without gaps: for a file of only some events");
    add_index(command, request.index);
    add_format(command, request.shape);
}

std::pair<std::string, std::string> new_name_from(const std::string& text) {
    const auto at = text.find('=');
    if (at == std::string::npos) refuse(text, "no new name such as order=purchase");
    const std::pair<std::string, std::string> names{text.substr(0, at), text.substr(at + 1)};
    try {
        require_category(names.first);
        require_category(names.second);
    } catch (const std::exception& error) {
        refuse(text, std::string("no new name: ") + error.what());
    }
    return names;
}

void add_copy(program_verbs& all) {
    auto [command, request] = add_verb<copy_request>(
        all, "copy", "Copy some events of a store to a new one, or change them on the way",
        R"(NEW must not exist, and is there only when it is whole, synced and verified. Events keep their ids and times.
They are numbered anew, without gaps: a position or a version of STORE is not one of NEW, where events were left out. An
append whose events are not all in the copy is not known by its ids there, and could be repeated. For a copy that is the
same, see `backup`.

--redact clears all fields that hold personal data, and what the schema of such an event does not know; metadata stays.
The upcasters that STORE keeps are kept in NEW, too. --upcast stores what the program's upcasters make of old events.

Examples:
  PROGRAM copy shop.db orders.db --category order
  PROGRAM copy shop.db for-tests.db --redact
  PROGRAM copy shop.db new.db --rename-category order=purchase --upcast)");
    add_store(command, request.store);
    add_file(command, "NEW", request.copy, "The store to be made");
    add_bounds(command, request.which);
    command
        .add_option_function<std::vector<std::string>>(
            "--rename-category",
            [&request](const std::vector<std::string>& texts) {
                for (const std::string& text : texts) request.new_categories.push_back(new_name_from(text));
            },
            "Give the streams of a category another one; may be given again")
        ->allow_extra_args(false)
        ->type_name("OLD=NEW");
    command.add_flag_callback(
        "--redact", [&request] { request.redact = true; }, "Leave out what fields of personal data say");
    command.add_flag_callback(
        "--upcast", [&request] { request.as = shown_as::upcast; }, "Store events as upcasters make them");
    add_index(command, request.index);
    add_format(command, request.shape);
}

void add_diff(program_verbs& all) {
    auto [command, request] = add_verb<diff_request>(
        all, "diff", "Compare two stores event by event",
        R"(Compares, position by position, everything that a store keeps of an event, the ids by which appends are
known, the schemas and the upcasters that the files keep; not the identities of the two stores. Ends with code 1 if
anything differs.

Examples:
  PROGRAM diff shop.db restored.db && echo same
  PROGRAM diff shop.db other.db --format ndjson | jq -r .place)");
    add_store(command, request.store);
    add_file(command, "OTHER", request.other, "The store to compare it with");
    add_read(command, "--limit", request.limit, "Tell at most so many differences; 100 if not given",
             [](const std::string& text) { return number_from(text, 0); })
        ->type_name("N");
    add_display(command, request.display, formats);
}

}  // namespace

void add_transfer_verbs(program_verbs& all) {
    add_export(all);
    add_import(all);
    add_copy(all);
    add_diff(all);
}

}  // namespace foldline::inline v0::cli
