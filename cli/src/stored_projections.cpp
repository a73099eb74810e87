// `projections` and `dead-letters` of a program that has no projections of its own: what the files tell.

#include "object_list.hpp"
#include "opened_projections.hpp"
#include "opened_store.hpp"
#include "projection_report.hpp"
#include "shown_letters.hpp"
#include "shown_projections.hpp"
#include "veiled_errors.hpp"
#include "verbs.hpp"

#include <foldline/cli/printable.hpp>
#include <foldline/core/error.hpp>
#include <foldline/sqlite/read_model_files.hpp>
#include <foldline/sqlite/sqlite_read_models.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <deque>

namespace foldline::inline v0::cli {
namespace {

struct models_file {
    explicit models_file(const std::filesystem::path& path) : file(path, for_reading()) {}

    sqlite::database file;
    sqlite::sqlite_read_models rows{file};
};

/// The files of read models of a store, opened to be read. Throws `unknown_name` where nobody knows of one.
std::deque<models_file> open_models(const opened_store& store, const std::filesystem::path& named) {
    std::vector<std::filesystem::path> paths{named};
    if (named.empty()) paths = sqlite::find_read_models(store.file());
    if (paths.empty())
        throw unknown_name(
            fmt::format("no read models of {} are known; name their file with --models", store.file().file().string()));
    std::deque<models_file> opened;
    for (const auto& path : paths) opened.emplace_back(path);
    return opened;
}

// --------------------------------------------------------------------------------------------------------- dead letters

/// The event as it is stored, with what the schema in the file makes of it.
shown_letter letter_of(const opened_store& store, stored_messages& messages, veiled_errors& errors,
                       const parked_event& parked, personal_data personal) {
    shown_letter letter{parked, {}, {}};
    letter.parked.error = errors.of_letter(parked.error, parked);
    const auto take = [&](const event_view& event) {
        if (event.position != parked.position) return;
        const stored_message found = messages.decode(event);
        letter.parts.push_back({store.stored().type_of(event.type).to_string(), shown(found, event.payload, personal)});
    };
    try {
        store.stored().read(read_query::all().after(global_position{parked.position.value - 1}), batch_limit{1}, take);
        if (letter.parts.empty()) letter.unreadable = "no event is stored at its position";
    } catch (const corrupt_data& damage) {
        letter.unreadable = damage.what();
    }
    return letter;
}

/// Up to `limit` of one file, of the projections that are named or of all.
std::vector<parked_event> letters_in(const read_model_store& models, const stored_letters_request& request,
                                     std::size_t limit) {
    std::vector<parked_event> found;
    for (const projection_state& each : models.projections()) {
        const auto& names = request.names;
        if (!names.empty() && std::find(names.begin(), names.end(), each.name) == names.end()) continue;
        parked_query query{each.name};
        query.failed_only = request.failed_only;
        query.limit = limit - found.size();
        if (query.limit == 0) break;
        for (parked_event& letter : models.dead_letters().list(query)) found.push_back(std::move(letter));
    }
    return found;
}

/// A name that none of the files knows is a mistake.
void require_known(const std::deque<models_file>& files, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        const auto has_it = [&](const models_file& each) { return each.rows.find(name).has_value(); };
        if (std::none_of(files.begin(), files.end(), has_it)) (void)with_rows(files.front().rows, {name});
    }
}

class letter_writer {
public:
    letter_writer(const event_display& display, std::FILE* out)
        : display_(display), out_(out), objects_(out, display.shape) {}

    void write(const shown_letter& letter) {
        if (display_.shape != format::text) return objects_.add(text_of(as_json(letter), display_.escape));
        if (!is_first_) fmt::print(out_, "\n");
        is_first_ = false;
        print_for_people(letter, display_.escape, out_);
    }
    void end() {
        if (display_.shape != format::text) objects_.end();
        else if (is_first_) fmt::print(out_, "Nothing is parked.\n");
    }

private:
    event_display display_;
    std::FILE* out_;
    object_list objects_;
    bool is_first_ = true;
};

}  // namespace

int run(const stored_projections_request& request, const console& to) {
    const opened_store store{request.store, to.self};
    std::vector<projection_report> all;
    for (const models_file& each : open_models(store, request.models))
        for (projection_report& report : report_on(store.events(), each.rows, system_clock{}.now()))
            all.push_back(std::move(report));
    print(all, request.shape, to.out);
    if (request.health == check::off) return exit_code::ok;
    return answer_check(complaints_about(all, {}), to);
}

int run(const stored_letters_request& request, const console& to) {
    const opened_store store{request.store, to.self};
    const auto files = open_models(store, request.models);
    require_known(files, request.names);
    stored_messages messages{store.stored()};
    veiled_errors errors{store.stored(), request.display.personal};
    letter_writer writer{request.display, to.out};
    auto left = static_cast<std::size_t>(request.limit);
    for (const models_file& each : files)
        for (const parked_event& parked : letters_in(each.rows, request, left)) {
            writer.write(letter_of(store, messages, errors, parked, request.display.personal));
            --left;
        }
    writer.end();
    return exit_code::ok;
}

}  // namespace foldline::inline v0::cli
