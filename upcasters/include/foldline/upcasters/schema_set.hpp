#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/core/event_type.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0 {

/// Schemas by their event types, together with the names that these borrow: those of a program, or of its past.
///
/// value.
class schema_set {
public:
    /// Several of one type stay in the order in which they came.
    schema_set& add(const event_schema& schema);

    [[nodiscard]] bool empty() const { return schemas_.empty(); }
    [[nodiscard]] const std::map<event_type, std::vector<event_schema>>& by_type() const& { return schemas_; }
    // A loop over the types of a temporary would run over what is gone.
    const std::map<event_type, std::vector<event_schema>>& by_type() && = delete;
    /// None for a type that is not in it.
    [[nodiscard]] std::span<const event_schema> of(event_type type) const;
    /// The newest version of an event, or 0 if its name is not in it.
    [[nodiscard]] std::uint32_t newest_version(std::string_view name) const;

private:
    // Shared by copies, whose types borrow them too.
    std::map<std::string_view, std::shared_ptr<const std::string>> names_;
    std::map<event_type, std::vector<event_schema>> schemas_;
};

/// The events of a serialised FileDescriptorSet: a schema for each message that bears `(foldline.event)`, in the form
/// in which a history records it. `source` is what an error calls the set: the name of its file.
///
/// Throws `definition_error` for descriptors that cannot be read, or whose imports are missing.
[[nodiscard]] schema_set events_in(std::string_view descriptor_set, std::string_view source = "the descriptor set");

/// Whether the past is known of every release, or only as far as it left events in one store.
enum class past_kind { every_release, one_store };

/// What a program has to get along with: the schemas that events were written by, for each type oldest first.
///
/// value.
struct schema_past {
    schema_set schemas;
    past_kind kind = past_kind::every_release;
};

/// What events were ever stored, and by which schemas. Types that came without are left out.
[[nodiscard]] schema_past past_of(const event_store& store);

}  // namespace foldline::inline v0
