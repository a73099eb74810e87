#include "event_importer.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>
#include <google/protobuf/stubs/logging.h>

#include <utility>

namespace foldline::inline v0::cli {
namespace {

using json = nlohmann::ordered_json;

sqlite::import_options options_of(const import_request& request) {
    sqlite::import_options options;
    options.numbers = request.numbering == numbers::anew ? sqlite::numbering::anew : sqlite::numbering::kept;
    options.index = request.index;
    return options;
}

}  // namespace

event_importer::event_importer(const import_request& request, const clock& time, id_source& ids)
    : request_(request), time_(time), ids_(ids) {}

void event_importer::take(std::string_view text) {
    if (is_ended_) throw invalid_request("it stands behind the last line of the export");
    const json line = unsealed(text);
    if (!import_) take_store(line);
    else if (text_at(line, "source") != store_.source())
        throw invalid_request(fmt::format("it is of another store: {}", text_at(line, "source")));
    else switch (kind_of(line)) {
            case line_kind::store: throw invalid_request("a second export begins there");
            case line_kind::upcaster: take_upcaster(line); break;
            case line_kind::schema: take_schema(line); break;
            case line_kind::event: take_event(line); break;
            case line_kind::end: take_end(line); break;
        }
    checksum_.add(text);
    checksum_.add("\n");
}

void event_importer::take_store(const json& line) {
    store_ = store_of(line);
    if (store_.is_selection && request_.numbering == numbers::kept)
        throw incompatible_store("the export holds only some events of a store; --renumber numbers them anew");
    import_.emplace(request_.store, time_, ids_, options_of(request_));
}

void event_importer::take_upcaster(const json& line) {
    if (events_ > 0) throw invalid_request("it is an upcaster behind the first event");
    import_->add(upcaster_of(line));
}

void event_importer::take_schema(const json& line) {
    const named_schema came = schema_of_line(line);
    import_->add(came.schema, came.first_position);
    auto& codec = schemas_[uri_of(came.schema)];
    const google::protobuf::LogSilencer quiet;
    try {
        codec = std::make_unique<exact_json>(came.schema);
    } catch (const definition_error&) {}  // none of its events is JSON then
}

void event_importer::take_event(const json& line) {
    sqlite::imported_event event = event_of(line, [this](const std::string& name) {
        const auto found = schemas_.find(name);
        return found == schemas_.end() ? nullptr : found->second.get();
    });
    require_next(event.position);
    last_ = event.position;
    ++events_;
    import_->add(std::move(event));
}

void event_importer::require_next(global_position position) const {
    if (position <= last_)
        throw invalid_request(fmt::format("its position {} does not come after {}, that of the event before",
                                          position.value, last_.value));
}

void event_importer::take_end(const json& line) {
    const export_end end = end_of(line);
    if (end.events != events_)
        throw invalid_request(fmt::format("{} events came before it, and {} were exported", events_, end.events));
    if (end.checksum != checksum_.value())
        throw invalid_request(
            "a line before it is another one than was exported, or is missing: their checksum differs");
    is_ended_ = true;
}

sqlite::copied_store event_importer::finish(const sqlite::progress_report& report) {
    if (!is_ended_) throw invalid_request("it is cut off: the last line of an export is missing");
    return import_->publish(report);
}

void event_importer::discard() {
    if (import_) import_->discard();
}

}  // namespace foldline::inline v0::cli
