#include "task_verbs.hpp"

namespace foldline::inline v0::cli {
namespace {

void add_count(const task_verbs& all, CLI::App& parent) {
    const auto [command, request] = add_task<letter_count_request>(
        all, parent, "count", "Tell how many there are",
        R"(FAILED events could not be applied, and BEHIND each of them wait those that followed under its key.

Examples:
  PROGRAM dead-letters count STORE
  PROGRAM dead-letters count STORE sales --json)");
    add_names(command, request.names);
    add_format_or_json(command, request.shape);
}

void add_list(const task_verbs& all, CLI::App& parent) {
    const auto [command, request] = add_task<letter_list_request>(all, parent, "list", "List them, by position",
                                                                  R"(Examples:
  PROGRAM dead-letters list STORE
  PROGRAM dead-letters list STORE sales --failed --limit 20
  PROGRAM dead-letters list STORE sales --key order-1234
  PROGRAM dead-letters list STORE --format ndjson | jq -r .error | sort | uniq -c)");
    add_names(command, request.names);
    command.add_flag("--failed", request.failed_only, "Only those that could not be applied");
    command.add_option("--key", request.order_key, "Only those of one order key: a stream, in most cases")
        ->type_name("KEY");
    add_limit(command, request.limit);
    add_format_or_json(command, request.shape);
    add_unmasked_errors(command, request.personal);
}

void add_show(const task_verbs& all, CLI::App& parent) {
    const auto [command, request] = add_task<letter_show_request>(
        all, parent, "show", "Show one with what it says, and why it failed",
        R"(The event is shown as the projection would get it, behind the program's upcasters.

Examples:
  PROGRAM dead-letters show STORE sales 4711
  PROGRAM dead-letters show STORE sales 4711 --json | jq '.parts[].data')");
    add_name(command, request.name);
    add_position(command, request.position);
    add_format_or_json(command, request.display.shape);
    add_unveiling(command, request.display);
}

void add_explain(const task_verbs& all, CLI::App& parent) {
    const auto [command, request] =
        add_task<letter_explain_request>(all, parent, "explain", "Tell why a stream stands still, and what waits in it",
                                         R"(Examples:
  PROGRAM dead-letters explain STORE sales order-1234
  PROGRAM dead-letters explain STORE sales 4711         the key of the event at this position)");
    add_name(command, request.name);
    command
        .add_option("KEY", request.which, "The order key, a stream in most cases; or the position of an event of it")
        ->required()
        ->type_name("");
    add_limit(command, request.limit);
    add_format_or_json(command, request.shape);
    add_unmasked_errors(command, request.personal);
}

template <class Which>
void choose(letter_retry_request& request, Which which) {
    if (request.which.index() != 0) throw CLI::ValidationError("only one of --position, --key and --all");
    request.which = std::move(which);
}

void require_choice(const letter_retry_request& request) {
    if (request.which.index() == 0) throw CLI::RequiredError("one of --position, --key and --all");
}

void add_retry(const task_verbs& all, CLI::App& parent) {
    const auto [command, request] = add_task<letter_retry_request>(
        all, parent, "retry", "Try them again, in order",
        R"(Those that can be applied now are in the rows afterwards. Under each key it ends at the first that fails again; the exit
code is 1 if some do.

Examples:
  PROGRAM dead-letters retry STORE sales --all
  PROGRAM dead-letters retry STORE sales --key order-1234
  PROGRAM dead-letters retry STORE sales --position 4711     this one and no other)",
        require_choice);
    add_name(command, request.name);
    constexpr auto group = "Which (one of)";
    command
        .add_option_function<std::string>(
            "--position",
            [into = &request](const std::string& text) { choose(*into, global_position{number_from(text, 1)}); },
            "The event at this position")
        ->type_name("P")
        ->group(group);
    command
        .add_option_function<std::string>(
            "--key", [into = &request](const std::string& text) { choose(*into, order_key{text}); },
            "What is parked under this order key: a stream, in most cases")
        ->type_name("KEY")
        ->group(group);
    command
        .add_flag_callback(
            "--all", [into = &request] { choose(*into, every_key{}); }, "All of them")
        ->group(group);
    add_format_or_json(command, request.shape);
    add_unmasked_errors(command, request.personal);
}

void add_drop(const task_verbs& all, CLI::App& parent) {
    const auto [command, request] = add_task<letter_drop_request>(
        all, parent, "drop", "Give one up: it will never be in the rows",
        R"(That it was so is kept, with the reason. What waits behind it is not tried yet: `retry` does that.

Examples:
  PROGRAM dead-letters drop STORE sales 4711 --reason "a test order of May"
  PROGRAM dead-letters drop STORE sales 4711 --reason bad && PROGRAM dead-letters retry STORE sales --all)");
    add_name(command, request.name);
    add_position(command, request.position);
    command.add_option("--reason", request.reason, "Why; whoever looks later will want to know")
        ->required()
        ->type_name("TEXT");
}

void add_dropped(const task_verbs& all, CLI::App& parent) {
    const auto [command, request] =
        add_task<letter_dropped_request>(all, parent, "dropped", "List what was given up, the latest first",
                                         R"(Examples:
  PROGRAM dead-letters dropped STORE sales
  PROGRAM dead-letters dropped STORE sales --json)");
    add_name(command, request.name);
    add_limit(command, request.limit);
    add_format_or_json(command, request.shape);
    add_unmasked_errors(command, request.personal);
}

}  // namespace

void add_letter_verbs(const task_verbs& all) {
    CLI::App& parent = add_parent(
        all, "dead-letters", "Look after events that projections have set aside",
        R"(An event that cannot be applied is parked, with what follows it under its key; everything else goes on.

Examples:
  PROGRAM dead-letters list STORE
  PROGRAM dead-letters explain STORE sales order-1234
  PROGRAM dead-letters retry STORE sales --all
  PROGRAM dead-letters VERB --help)");
    add_count(all, parent);
    add_list(all, parent);
    add_show(all, parent);
    add_explain(all, parent);
    add_retry(all, parent);
    add_drop(all, parent);
    add_dropped(all, parent);
}

}  // namespace foldline::inline v0::cli
