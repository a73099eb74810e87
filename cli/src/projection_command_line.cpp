#include <foldline/cli/projection_verbs.hpp>

#include "task_verbs.hpp"

#include <fmt/core.h>

#include <charconv>

namespace foldline::inline v0::cli {
namespace {

double effort_from(const std::string& text) {
    double effort = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), effort);
    if (error != std::errc{} || end != text.data() + text.size() || !(effort > 0.0 && effort <= 1.0))
        refuse(text, "no number above 0 and up to 1");
    return effort;
}

/// What cannot be taken back is not done by a slip of the finger.
void add_assent(CLI::App& verb) {
    verb.add_flag_callback(
            "--yes", [] {}, "Say that you mean it")
        ->required();
}

void add_parts(CLI::App& verb, std::vector<partition>& parts, const std::string& about, int least, int most) {
    verb.add_option_function<std::vector<std::string>>(
            "PARTITION",
            [&parts](const std::vector<std::string>& texts) {
                for (const std::string& text : texts) parts.push_back(partition_from(text));
            },
            about)
        ->required()
        ->expected(least, most)
        ->type_name("...");
}

void add_follow(const task_verbs& all) {
    const auto [command, request] = add_task<follow_request>(
        all, all.program, "follow", "Keep read models up to date",
        R"(Catches up, and then applies what is stored, as soon as it is stored, until Ctrl-C. Several that follow one store share
the work, and if one is killed the others take over what it had. An event that cannot be applied is tried again and
then set aside as a dead letter, with what follows in its stream; the rest goes on.

Examples:
  PROGRAM follow STORE
  PROGRAM follow STORE sales customers --partitions 4     so that four of them have something to share
  PROGRAM follow STORE --until-current                    up to what is stored by now)");
    command.group("Projections");
    add_names(command, request.names);
    add_number(command, "--partitions", request.partitions, "Into how many to divide what never ran; 1 if not said", 1);
    auto* group = command.add_flag_callback(
        "--group", [into = &request] { into->work = sharing::group; }, "Share the work with others; so if not said");
    command
        .add_flag_callback(
            "--alone", [into = &request] { into->work = sharing::alone; },
            "Keep no lease: take what nobody has, and give way to everyone")
        ->excludes(group);
    command.add_flag_callback(
        "--until-current", [into = &request] { into->end = follow_end::current; },
        "End when what is stored at the beginning is applied, by whomever");
    add_unmasked_errors(command, request.personal);
}

void add_status(const task_verbs& all, CLI::App& parent) {
    const auto [command, request] = add_task<status_request>(
        all, parent, "status", "Tell how far each has come, and what it is doing",
        R"(A state is current, behind, stalled (nothing was done for long), paused, outdated (the rows are of another version or
store: rebuild them) or new (it never ran). LAG is how long the oldest event that was not applied has been stored.
With --check the exit code is 1 unless all are current and nothing is parked.

Examples:
  PROGRAM projections status STORE
  PROGRAM projections status STORE --json | jq '.[] | select(.parked.failed > 0)'
  PROGRAM projections status STORE --check --most-lag 60 || page-somebody)");
    command.add_flag_callback(
        "--check", [into = &request] { into->health = check::on; }, "Let the exit code tell whether all is well");
    command
        .add_option_function<std::string>(
            "--most-lag", [into = &request](const std::string& text) { into->most_lag_s = number_from(text, 0); },
            "With --check: so many seconds behind is well; 0 if not said")
        ->type_name("SECONDS");
    add_format_or_json(command, request.shape);
}

void require_one_of_a_key(const rebuild_request& request) {
    if (!request.order_key.empty() && request.names.size() != 1)
        throw CLI::ValidationError("--key is for one projection; name it");
}

void add_rebuild(const task_verbs& all, CLI::App& parent) {
    const auto [command, request] = add_task<rebuild_request>(
        all, parent, "rebuild", "Make the rows anew from the first event",
        R"(The old rows serve until the new ones are complete; several projections are built in one pass. Interrupted, it goes on
where it was. With --verify the new rows are only compared with the present ones, and the exit code is 1 if some differ.

Examples:
  PROGRAM projections rebuild STORE
  PROGRAM projections rebuild STORE sales --effort 0.25       leaves three quarters of the time to others
  PROGRAM projections rebuild STORE sales --key order-1234    only the rows of this stream
  PROGRAM projections rebuild STORE sales --verify            shows the rows that differ)",
        require_one_of_a_key);
    add_names(command, request.names);
    auto* verify = command.add_flag_callback(
        "--verify", [into = &request] { into->end = rebuild_end::compare; },
        "Change nothing; show the rows that differ");
    add_read(command, "--effort", request.effort, "The part of the time in which it works, 1 if not said", effort_from)
        ->type_name("0..1");
    command.add_option("--key", request.order_key, "Only the rows of one order key: a stream, in most cases")
        ->type_name("KEY")
        ->excludes(verify);
    add_read(command, "--most", request.most_differences, "With --verify: so many rows of each table; 20 if not said",
             [](const std::string& text) { return number_from(text, 1); })
        ->type_name("N")
        ->needs(verify);
    add_format_or_json(command, request.shape);
    add_unmasked_errors(command, request.personal);
}

void add_pause(const task_verbs& all, CLI::App& parent, const std::string& name, pausing what, const std::string& about,
               const std::string& more) {
    const auto [command, request] = add_task<pause_request>(all, parent, name, about, more);
    request.what = what;
    add_named(command, request.names);
}

void add_reset(const task_verbs& all, CLI::App& parent) {
    const auto [command, request] = add_task<reset_request>(
        all, parent, "reset", "Empty the rows, so that they are made anew",
        R"(Until somebody has followed again there is less in the rows than there was; `rebuild` keeps the old ones meanwhile. Dead
letters are gone, those that were dropped too.

Examples:
  PROGRAM projections reset STORE sales --yes
  PROGRAM projections reset STORE sales --yes && PROGRAM follow STORE sales)");
    add_named(command, request.names);
    add_assent(command);
}

void add_remove(const task_verbs& all, CLI::App& parent) {
    const auto [command, request] =
        add_task<remove_request>(all, parent, "remove", "Remove the rows of projections, and all that is known of them",
                                 R"(Also of projections that the program has no more. Events stay, of course.

Examples:
  PROGRAM projections remove STORE old_sales --yes
  PROGRAM projections remove STORE old_sales older_sales --yes)");
    add_named(command, request.names);
    add_assent(command);
}

void add_split(const task_verbs& all, CLI::App& parent) {
    const auto [command, request] = add_task<split_request>(
        all, parent, "split", "Make two partitions of one, so that more can share the work",
        R"(Those that follow go on meanwhile. `all` is the whole, 3/8 the fourth of eight; `status` shows them.

Examples:
  PROGRAM projections split STORE sales all
  PROGRAM projections split STORE sales 0/2 1/2)");
    add_name(command, request.name);
    add_parts(command, request.parts, "Which ones: all, 0/2, 3/8", 1, 1'000);
}

void add_merge(const task_verbs& all, CLI::App& parent) {
    const auto [command, request] = add_task<merge_request>(
        all, parent, "merge", "Make one partition of two halves",
        R"(Both must stand at the same position: when nothing is appended they do, or as soon as the projection is paused.

Examples:
  PROGRAM projections merge STORE sales 0/2 1/2
  PROGRAM projections merge STORE sales 1/8 5/8)");
    add_name(command, request.name);
    add_parts(command, request.halves, "The two halves: 0/2 1/2", 2, 2);
}

}  // namespace

void add_projection_verbs(CLI::App& program, std::function<void(projection_request)> asked,
                          const std::filesystem::path& usual_store) {
    const task_verbs all{program, std::move(asked), usual_store};
    add_follow(all);
    CLI::App& parent = add_parent(all, "projections", "Look after the projections and their rows",
                                  R"(Examples:
  PROGRAM projections status STORE
  PROGRAM projections rebuild STORE sales
  PROGRAM projections VERB --help)");
    add_status(all, parent);
    add_rebuild(all, parent);
    add_pause(all, parent, "pause", pausing::pause, "Let nobody work on them until they are resumed",
              R"(Whoever follows ends its batch and leaves them alone.

Examples:
  PROGRAM projections pause STORE sales
  PROGRAM projections pause STORE sales customers)");
    add_pause(all, parent, "resume", pausing::resume, "Let those work on them who follow",
              R"(Examples:
  PROGRAM projections resume STORE sales
  PROGRAM projections resume STORE sales customers)");
    add_reset(all, parent);
    add_remove(all, parent);
    add_split(all, parent);
    add_merge(all, parent);
    add_letter_verbs(all);
}

}  // namespace foldline::inline v0::cli
