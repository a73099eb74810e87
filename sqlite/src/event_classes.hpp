#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/upcasters/message_schema.hpp>

#include <google/protobuf/message.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace foldline::inline v0::sqlite {

/// The classes of a store's events, made of the schemas that it keeps when they are first asked for.
///
/// Threads: shared. The store outlives it.
class event_classes {
public:
    /// `made`: of types that the store makes of others, beside those that an upcasting store knows of itself.
    event_classes(const event_store& store, std::vector<event_schema> made);

    /// The names of all types, each once, in order.
    [[nodiscard]] std::vector<std::string> names() const;
    /// An empty message of the type's class; null where no schema is known. Lives as long as this does.
    [[nodiscard]] const google::protobuf::Message* prototype_of(event_type type);
    /// Those of every version of a name, oldest first, and behind them what else is made of it.
    [[nodiscard]] std::vector<const google::protobuf::Message*> prototypes_of(const std::string& name);

private:
    struct known_class {
        std::unique_ptr<message_schema> schema;
        message_ptr prototype;
    };

    [[nodiscard]] const google::protobuf::Message* made_prototype(const event_schema& schema);
    void add_read_messages(const std::string& name, std::vector<const google::protobuf::Message*>& prototypes) const;

    const event_store& store_;
    std::vector<event_schema> made_;
    std::mutex making_;  // of what is known; a class that was made stays
    std::map<std::pair<std::string, std::uint32_t>, known_class> known_;
    std::map<const event_schema*, known_class> known_made_;
};

}  // namespace foldline::inline v0::sqlite
