#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/core/guarded.hpp>
#include <foldline/upcasters/message_schema.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace foldline::inline v0::detail {

/// The classes of events that the program has none for, made of the schemas that a store keeps.
///
/// Threads: shared. `store` outlives it. What it gives lives as long as it does: messages of an older schema may still
/// be held when a newer one has come.
class stored_classes {
public:
    explicit stored_classes(const event_store& store) : store_(store) {}

    /// The newest that the store keeps. Throws `definition_error` if there is none, or no class can be made of it.
    [[nodiscard]] const message_schema& newest(event_type type) const;
    /// Of a schema that came from elsewhere. Throws as well.
    [[nodiscard]] const message_schema& of(const event_schema& schema) const;

private:
    struct made_class {
        event_type_id type;
        std::string descriptor_set;
        std::unique_ptr<const message_schema> schema;
    };

    const event_store& store_;
    mutable guarded<std::vector<made_class>> classes_;
};

}  // namespace foldline::inline v0::detail
