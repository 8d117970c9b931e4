-- For tshark: of each display filter given (-X lua_script1:FILTER), a line with its place, from 1, for each frame it selects.
for place, filter in ipairs({...}) do
  local listener = Listener.new("frame", filter)
  function listener.packet(pinfo)
    print(place .. " " .. pinfo.number)
  end
end
