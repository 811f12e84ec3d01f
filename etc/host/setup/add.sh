# --- add -----------------------------------------------------------------------------------------------

# Sets the keys that were given and leaves all else of vms.conf.
set_section() {
  begin "$CONF/vms.conf"
  vm=$vm settings=$settings awk '
    function leave(  i) {
      for (i = 1; i <= n; i++) if (!(name[i] in done)) print name[i] " = " want[name[i]]
      printf "%s", held
      held = ""; inside = 0
    }
    BEGIN {
      n = split(ENVIRON["settings"], line, "\n")
      for (i = 1; i <= n; i++) {
        at = index(line[i], "=")
        name[i] = substr(line[i], 1, at - 1)
        want[name[i]] = substr(line[i], at + 1)
      }
    }
    { bare = $0; sub(/^[ \t]+/, "", bare); sub(/[ \t]+$/, "", bare) }
    bare ~ /^\[.*\]$/ {
      if (inside) leave()
      inside = bare == "[" ENVIRON["vm"] "]"
      if (inside) found = 1
      print; next
    }
    inside && bare ~ /^([#;].*)?$/ { held = held $0 "\n"; next }
    inside {
      printf "%s", held; held = ""
      key = bare; sub(/[ \t]*=.*/, "", key)
      value = bare; sub(/^[^=]*=[ \t]*/, "", value)
      if (!(key in want)) { print; next }
      if (key in done) next
      done[key] = 1
      if (value == want[key]) print; else print key " = " want[key]
      next
    }
    { print }
    END {
      if (inside) leave()
      if (!found) { if (NR) print ""; print "[" ENVIRON["vm"] "]"; leave() }
    }' "$old" >"$new"
  judge_section
  finish "$CONF/vms.conf" 644
}

# vmmanage-host reads it before it takes its place.
judge_section() {
  judged=$(mktemp -d)
  cp "$new" "$judged/vms.conf"
  [ ! -f "$root$CONF/host.conf" ] || cp "$root$CONF/host.conf" "$judged/host.conf"
  wrong_section "$judged" "$vm"
  rm -rf -- "$judged"
  [ -z "$wrong" ] || fail "vmmanage-host does not take this: $wrong"
}

allow_sudo() {
  [ "$account" != root ] || return 0
  begin "$SUDOERS"
  cat "$old" >"$new"
  grep -qxF -e "$SUDO_KEEPS" "$new" || say "$SUDO_KEEPS" >>"$new"
  grep -qxF -e "$(sudo_line "$vm")" "$new" || sudo_line "$vm" >>"$new"
  finish_sudoers
}

# Before anything is written.
check_key() {
  kind=${key%% *} blob=${key#* }
  here=$(key_lines | awk -v vm="$vm" '$2 == vm { print $3, $4; exit }')
  # Every way in which the same key may stand there.
  elsewhere=$([ ! -f "$root$keys" ] || blob=$blob vm=$vm awk '
    { for (i = 1; i <= NF; i++) if ($i == ENVIRON["blob"] && index($0, "command=\"vmmanage-host --vm " ENVIRON["vm"] "\",restrict ") != 1) { print NR; exit } }' "$root$keys")
  [ -z "$elsewhere" ] || fail "this key stands in $keys already, in line $elsewhere, and not for $vm as host-setup writes it: each guest needs a key of its own"
  [ -z "$here" ] || [ "$here" = "$key" ] || [ "$replace_key" = yes ] ||
    fail "$vm has another key already, $(fingerprint "${here%% *}" "${here#* }"): --replace-key puts this one in its place"
}

put_key() {
  begin "$keys"
  mode=644
  [ "$account" != root ] || mode=600
  vm=$vm key=$key awk '
    BEGIN {
      start = "command=\"vmmanage-host --vm " ENVIRON["vm"] "\",restrict "
      line = start ENVIRON["key"] " " ENVIRON["vm"]
    }
    index($0, start) == 1 {
      if (done++) next
      print index($0 " ", start ENVIRON["key"] " ") == 1 ? $0 : line
      next
    }
    { print }
    END { if (!done) print line }' "$old" >"$new"
  finish "$keys" "$mode"
}

may_go_somewhere() { has_section "$vm" && [ -n "$(key_of "$vm" hosts)$(key_of "$vm" base)" ]; }

main() {
  need_installed
  has_section "$vm" || printf '%s\n' "$settings" | grep -q '^tool=' ||
    fail "$vm is not in $CONF/vms.conf yet: --tool xl, libvirt, mln or command is needed"
  [ -z "$key" ] || check_key
  [ -n "$key" ] || key_lines | has_key "$vm" ||
    fail "$vm has no key yet: --key FILE is needed, the public one that its tenant made with ssh-keygen -t ed25519"
  may_go_somewhere || printf '%s\n' "$settings" | grep -qE '^(hosts|base)=' ||
    fail "$vm may go nowhere yet: --hosts HOST,HOST is needed, by the names that the hosts have in their host.conf"
  [ -z "$settings" ] || set_section
  allow_sudo
  [ -z "$key" ] || put_key
  ending
  need_sshd
}
