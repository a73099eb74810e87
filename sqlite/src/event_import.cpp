// An import drives what every append goes through, with the recorded times and the ids that events had; so checksums,
// versions, both kinds of stream index and the records of writes are made where they always are. Its transactions are
// not synced: what a power cut takes is a tail, which the next run of the import stores again, and the whole file is
// synced before it gets its name.
#include <foldline/sqlite/event_import.hpp>

#include "import_writer.hpp"
#include "stored_write.hpp"
#include "write_gatherer.hpp"

#include <foldline/core/error.hpp>
#include <foldline/sqlite/verify.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace foldline::inline v0::sqlite {
namespace {

constexpr std::size_t most_bytes_per_commit = 16U << 20U;

bool is_there(const std::filesystem::path& name) {
    std::error_code unknown;
    return std::filesystem::exists(std::filesystem::symlink_status(name, unknown));
}

std::unique_ptr<partial_file> begin(const std::filesystem::path& name, const import_options& options) {
    if (options.of_killed == leftover::taken_over && is_there(name)) return nullptr;  // to be compared with
    return std::make_unique<partial_file>(name, options.of_killed);
}

database_options ways_to_open(const partial_file* partial) {
    database_options options;
    options.mode = partial ? open_mode::create : open_mode::read_only;
    options.durable = durability::normal;
    options.who = writers::one;
    return options;
}

event_store_options kind_of_store(const import_options& options) {
    event_store_options kind;
    kind.index = options.index;
    return kind;
}

std::uintmax_t bytes_of_log(const std::filesystem::path& file) {
    std::error_code none;
    const std::uintmax_t bytes = std::filesystem::file_size(file.string() + "-wal", none);
    return none ? 0 : bytes;
}

}  // namespace

struct event_import::parts {
    parts(const std::filesystem::path& store, const clock& time, id_source& ids, import_options chosen)
        : name(store), options(std::move(chosen)), partial(begin(name, options)) {
        file.emplace(partial ? partial->path() : name, ways_to_open(partial.get()));
        reading.emplace(*file, time, ids, kind_of_store(options));
        if (partial) writer.emplace(*file, *reading, kind_of_store(options));
        found = reading->head().value;
    }
    ~parts() {
        if (partial && options.of_killed == leftover::taken_over && !is_to_go) partial->leave();
        close();
    }

    /// Before the partial file: whoever closes a descriptor of a database drops the locks of all that have it open.
    void close() {
        writer.reset();
        reading.reset();
        file.reset();
    }

    [[nodiscard]] bool keeps_numbers() const { return options.numbers == numbering::kept; }

    void require_next(const imported_event& event) const {
        const std::string id = event.data.id->to_string();
        if (keeps_numbers() && event.position != last.next())
            throw invalid_request(fmt::format(
                "the event {} stands at position {} and the one before at {}; to close gaps, number them anew", id,
                event.position.value, last.value));
        if (last_recorded && event.recorded_at < *last_recorded)
            throw invalid_request(fmt::format("the event {} was recorded at {}, before the one in front of it ({})", id,
                                              to_string(event.recorded_at), to_string(*last_recorded)));
    }

    /// Compares a write with what is there, or stores it.
    void take(std::vector<imported_event> events) {
        const imported_event& first = events.front();
        const global_position came_from = first.position;
        require_next(first);
        const ids_from ids = first.write_size > 0 ? ids_from::caller : ids_from::store;
        const auto version = keeps_numbers() ? std::optional{first.version} : std::nullopt;
        stream_write write{
            first.stream, version ? expected_version::exactly(version->next(-1)) : expected_version::any(), {}};
        for (imported_event& event : events) write.events.push_back(std::move(event.data));

        if (last.value < found) require_stored(*reading, {write, ids, first.recorded_at, last.next(), version});
        else store(std::move(write), ids, first.recorded_at, came_from);
        last = last.next(static_cast<std::int64_t>(events.size()));
        last_recorded = first.recorded_at;
    }

    void store(stream_write write, ids_from ids, timestamp recorded_at, global_position came_from) {
        if (!writer)
            throw incompatible_store(
                fmt::format("{} is there, and ends at position {}, before the event {}: it is not what this import "
                            "made. Import to another name",
                            name.string(), found, write.events.front().id->to_string()));
        writer->store(std::move(write), ids, recorded_at, came_from);
        if (writer->pending_events() >= options.events_per_commit || writer->pending_bytes() >= most_bytes_per_commit)
            writer->commit();
    }

    copied_store verified(const progress_report& report) const {
        const std::filesystem::path& path = partial ? partial->path() : name;
        const verification found_out =
            verify(database{path, {.mode = open_mode::read_only}}, {.most_findings = 1, .report = report});
        if (!found_out.is_sound())
            throw corrupt_data(fmt::format("{} was imported and is damaged: {}: {} ({} findings in all)", path.string(),
                                           found_out.findings.front().place, found_out.findings.front().why,
                                           found_out.found));
        return {last, found_out.events, std::filesystem::file_size(path)};
    }

    std::filesystem::path name;
    import_options options;
    std::unique_ptr<partial_file> partial;  // none: the store bears its name
    std::optional<database> file;
    std::optional<sqlite_event_store> reading;
    std::optional<import_writer> writer;  // none: as above
    write_gatherer gatherer{options.numbers};
    std::int64_t found = 0;  // where the store ended when it was opened
    global_position last;
    std::optional<timestamp> last_recorded;
    bool is_to_go = false;
};

event_import::event_import(const std::filesystem::path& name, const clock& time, id_source& ids, import_options options)
    : parts_(std::make_unique<parts>(name, time, ids, std::move(options))) {}

event_import::~event_import() = default;

void event_import::add(const event_schema& schema, std::optional<global_position> first) {
    if (parts_->writer) parts_->writer->add(schema, first);
}

void event_import::add(const declared_upcaster& step) {
    if (parts_->writer) parts_->writer->add(step);
}

void event_import::add(imported_event event) {
    if (!event.data.id) throw invalid_request("an event without an id cannot be imported");
    event.data.type = parts_->reading->type_of(parts_->reading->type_id(event.data.type));
    parts_->gatherer.take(std::move(event), [this](auto events) { parts_->take(std::move(events)); });
}

copied_store event_import::publish(const progress_report& report) {
    parts_->gatherer.end([this](auto events) { parts_->take(std::move(events)); });
    if (parts_->last.value < parts_->found)
        throw incompatible_store(
            fmt::format("{} holds more than what was imported: it ends at position {}, and the import at {}. Import to "
                        "another name",
                        parts_->file->file().string(), parts_->found, parts_->last.value));
    if (!parts_->partial) return parts_->verified(report);
    parts_->writer->finish();
    const std::filesystem::path path = parts_->file->file();
    parts_->close();
    if (bytes_of_log(path) > 0)
        throw storage_error(0, fmt::format("finish {}", path.string()),
                            "its write-ahead log could not be moved into it; make room and import again");
    parts_->partial->forget_write_ahead_log();
    const copied_store done = parts_->verified(report);
    parts_->partial->publish();
    return done;
}

void event_import::discard() { parts_->is_to_go = parts_->found == 0; }

std::int64_t event_import::events() const { return parts_->last.value; }
std::int64_t event_import::events_found() const { return std::min(parts_->found, parts_->last.value); }
bool event_import::was_there() const { return !parts_->partial; }

}  // namespace foldline::inline v0::sqlite
