# SPDX-License-Identifier: MIT
# Doxygen's input filter for the headers, whose comments are written to be read in the source:
# - each file becomes a group named after it, described by the comment at its head;
# - a line of a doc comment that is indented by three spaces or more is a formula: it becomes a
#   verbatim block, so that it keeps its lines;
# - "Throws", "Source" and the like start a paragraph;
# - a comment behind a member belongs to it.
function close_formula() {
  if (formula) print "@endverbatim"
  formula = 0
}
function close_comment() {
  close_formula()
  if (comment) print "*/"
  comment = 0
}
function plain(s) {
  gsub(/[@\\<>#%]/, "\\\\&", s)
  return s
}
FILENAME ~ /\.dox$/ {
  print
  next
}
FNR == 1 {
  path = FILENAME
  sub(/^.*include\/gradus\//, "", path)
  sub(/^.*\/models\//, "models/", path)
  room = path
  sub(/\/[^\/]*$/, "", room)
  gsub(/\//, "_", room)
  group = path
  gsub(/[\/.]/, "_", group)
  next
}
FNR == 2 {
  print "/** @defgroup " group " " path
  print "@ingroup " room
  print "@brief " plain(substr($0, 4))
  head = 1
  next
}
head && /^\/\// {
  if ($0 !~ /^\/\/ Next:/) print plain(substr($0, 4))
  next
}
head {
  print "*/"
  head = 0
}
/^namespace gradus(::[a-z_]+)? {/ {
  print
  print "/** @addtogroup " group "\n@{ */"
  next
}
/^}  \/\/ namespace gradus/ {
  close_comment()
  print "/** @} */"
  print
  next
}
/^ *\/\/\// {
  match($0, /^ *\/\/\/ ?/)
  line = substr($0, RLENGTH + 1)
  if (!comment) print "/**"
  comment = 1
  if (line ~ /^  /) {
    if (!formula) print "@verbatim"
    formula = 1
    print line
    next
  }
  close_formula()
  if (line ~ /^(Throws|Source|State|Shapes?|Saves|x:|Errors)/) print ""
  print plain(line)
  next
}
{
  close_comment()
  if ($0 ~ /[;,]  \/\/ /) {
    at = index($0, "  // ")
    print substr($0, 1, at) " ///< " plain(substr($0, at + 5))
  } else {
    print
  }
}
END {
  if (FILENAME !~ /\.dox$/) close_comment()
}
