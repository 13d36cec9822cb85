// Package strictjson is the one JSON reader of the project. It reads what an audit needs to see and what
// encoding/json throws away: exact byte ranges, numbers as they were written, member names that occur twice or
// differ by case only, text that is not valid UTF-8.
//
// It accepts the grammar of RFC 8259 and nothing else: no byte order mark, no comments, no trailing commas, no raw
// control characters in strings, nothing after the value. Parse reads one document in one pass that checks every
// byte it walks over and writes a tape: one node a value, in document order, each container knowing where it ends.
// Values are views of the tape; text without escapes aliases the input. Split delimits the elements of one array,
// for documents that are a frame around many records.
//
// What it tolerates, it reports (Parser.Ambiguous): two members of one object with equal names or with names equal
// under Unicode simple case folding, bytes that are not UTF-8, and escapes of a lone surrogate. Nothing is replaced:
// the byte FF reads as the four characters \xff, the escape of a lone surrogate as it is written, in lower case.
//
// What it refuses to do: it decodes into no structs, converts no number to floating point, repairs nothing and reads
// no stream. The caller has the bytes already, because they are evidence.
package strictjson
