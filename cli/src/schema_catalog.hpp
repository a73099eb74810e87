#pragma once

#include "schema_requests.hpp"

#include <foldline/core/event_store.hpp>

#include <google/protobuf/descriptor.h>

#include <cstddef>
#include <string>
#include <vector>

namespace foldline::inline v0::cli {

/// A type of events and the schemas that they were written by.
struct cataloged_type {
    event_type type;
    std::vector<event_schema> revisions;  ///< oldest first; none where events came without
};

/// One of them.
struct cataloged_schema {
    event_schema schema;
    std::size_t revision;   ///< from 1
    std::size_t revisions;  ///< of its type

    /// `order-placed@2`, and `#1` where there are several.
    [[nodiscard]] std::string label() const;
};

/// The schemas that a store keeps, by name and version.
///
/// Threads: shared. The store outlives it and what it gives.
class schema_catalog {
public:
    /// `place`: what errors call the store.
    schema_catalog(const event_store& store, std::string place);

    [[nodiscard]] const std::vector<cataloged_type>& types() const { return types_; }
    /// Throws `unknown_name`.
    [[nodiscard]] cataloged_schema find(const schema_address& which) const;
    /// Those that are named; where none is, the newest of every type that has one.
    [[nodiscard]] std::vector<cataloged_schema> find(const std::vector<schema_address>& which) const;

private:
    [[nodiscard]] const cataloged_type& type_of(const schema_address& which) const;

    std::string place_;
    std::vector<cataloged_type> types_;
};

/// `order-placed@2#1` and its like; empty for anything else.
[[nodiscard]] std::optional<schema_address> schema_address_from(const std::string& text);

/// `email`, `address.street`: the ways to the personal fields of a message.
[[nodiscard]] std::vector<std::string> personal_fields(const google::protobuf::Descriptor& message);

/// A `.proto` file, and what it says.
struct proto_file {
    std::string name;
    std::string text;
};
/// The files that a message is made of, imports first, without those that every program has.
[[nodiscard]] std::vector<proto_file> proto_files(const google::protobuf::FileDescriptor& file);
/// The same as one text, each file below a comment that names it.
[[nodiscard]] std::string proto_text(const google::protobuf::FileDescriptor& file);

}  // namespace foldline::inline v0::cli
