#include <foldline/projections/detail/object_saver.hpp>

#include <foldline/core/error.hpp>
#include <foldline/core/protobuf_codec.hpp>
#include <foldline/projections/memory_read_models.hpp>

#include <fmt/core.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <exception>

namespace foldline::inline v0::detail {

void require_memory_projection(std::string_view name, std::uint32_t version) {
    require_projection_name(name);
    if (version == 0) throw definition_error(fmt::format("projection {} is of version 0; versions begin at 1", name));
}

void require_new_handler(const projection& target, event_type type, bool is_saved) {
    if (is_saved)
        throw definition_error(fmt::format("projection {}: name every handler before save_to; {} came after it",
                                           target.name(), type.to_string()));
    for (const projected_event& known : target.events())
        if (known.type == type)
            throw definition_error(fmt::format("projection {} handles {} twice; one handler does all of it",
                                               target.name(), type.to_string()));
}

std::string message_to_bytes(const google::protobuf::Message& message) {
    require_readable_back(message);
    std::string bytes;
    {
        google::protobuf::io::StringOutputStream stream(&bytes);
        google::protobuf::io::CodedOutputStream coded(&stream);
        coded.SetSerializationDeterministic(true);
        message.SerializeToCodedStream(&coded);
    }
    return bytes;
}

void message_from_bytes(std::string_view bytes, google::protobuf::Message& message) {
    if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        throw foldline::error("the saved bytes are no message of this class");
}

void object_saver::set(const memory_read_models& models, std::unique_ptr<object_file> file, const projection& of,
                       std::int64_t every) {
    if (file_ || models.find(of.name()))
        throw definition_error(
            fmt::format("projection {}: call save_to once, and before it is driven for the first time", of.name()));
    if (every < 1)
        throw definition_error(fmt::format("projection {} cannot be saved each {} events", of.name(), every));
    file_ = std::move(file);
    every_ = every;
}

projection_state object_saver::state_at(const memory_rows::saved_place& place, const projection& of) const {
    projection_state state;
    state.name = of.name();
    state.source = file_->source();
    state.version = of.version();
    state.definition = definition_of(of);
    state.partitions.resize(1);
    state.partitions.front().position = place.position;
    state.partitions.front().reached = place.reached;
    return state;
}

bool object_saver::save(taking take) {
    if (!file_) throw definition_error("there is no file to save the object in; say which one with save_to");
    // Taken before the file is held: the object may be held by who waits for the file.
    const std::uint64_t before = forgotten_;
    const auto object = take();
    if (!object) return false;
    tried_at_ = object->position.value;
    std::scoped_lock lock{saving_};
    if (forgotten_ != before || object->position.value == saved_at_) return false;
    file_->save(*object);
    saved_at_ = object->position.value;
    error_.with([](std::string& last) { last.clear(); });
    return true;
}

void object_saver::save_if_due(global_position position, taking take) {
    if (!file_ || position.value - tried_at_ < every_) return;
    try {
        save(take);
    } catch (const std::exception& thrown) {
        error_.with([&](std::string& last) { last = thrown.what(); });
    }
}

std::string object_saver::error() const {
    return error_.with([](const std::string& last) { return last; });
}

std::optional<memory_rows::saved_place> object_saver::load(function_ref<void(std::string_view)> use) {
    if (!file_) return {};
    std::scoped_lock lock{saving_};
    tried_at_ = saved_at_ = 0;
    try {
        const auto found = file_->load();
        if (!found) return {};
        use(found->state);
        tried_at_ = saved_at_ = found->position.value;
        return memory_rows::saved_place{found->position, found->recorded_at};
    } catch (const std::exception& thrown) {
        error_.with([&](std::string& last) { last = thrown.what(); });
        return {};
    }
}

void object_saver::forget() {
    if (!file_) return;
    std::scoped_lock lock{saving_};
    file_->forget();
    ++forgotten_;
    tried_at_ = saved_at_ = 0;
}

}  // namespace foldline::inline v0::detail
