import { useState, useEffect } from 'react';
import { useSocket } from '#libs/client/react';

interface Message {
  username: string;
  message: string;
  timestamp: Date;
}

/** The types of a page are not those of this repository. */
const textIn = ({ target }: { target: unknown }) => (target as { value: string }).value;

/** The older chat, with its hook in the place of its own, and the token that it needs here. */
export function ChatComponent({ token }: { token: string }) {
  const [messages, setMessages] = useState<Message[]>([]);
  const [inputMessage, setInputMessage] = useState('');
  const [username, setUsername] = useState('');
  const [hasJoined, setHasJoined] = useState(false);

  const { socket, isConnected, emit, on } = useSocket({
    namespace: '/chat',
    token,
  });

  useEffect(() => {
    if (!socket) return;

    const unsubscribe = on('newMessage', (message: Message) => {
      setMessages((prev) => [...prev, message]);
    });

    return unsubscribe;
  }, [socket, on]);

  const handleJoin = () => {
    if (username.trim()) {
      emit('joinChat', { username });
      setHasJoined(true);
    }
  };

  const handleSendMessage = () => {
    if (inputMessage.trim()) {
      emit('sendMessage', { message: inputMessage });
      setInputMessage('');
    }
  };

  if (!hasJoined) {
    return (
      <div>
        <input
          type="text"
          placeholder="Enter username"
          value={username}
          onChange={(e) => setUsername(textIn(e))}
        />
        <button onClick={handleJoin}>Join Chat</button>
      </div>
    );
  }

  return (
    <div>
      <div>
        {messages.map((msg, index) => (
          <div key={index} className="mb-2">
            <strong>{msg.username}:</strong> {msg.message}
            <span>{new Date(msg.timestamp).toLocaleTimeString()}</span>
          </div>
        ))}
      </div>
      <div>
        <input
          type="text"
          value={inputMessage}
          onChange={(e) => setInputMessage(textIn(e))}
          onKeyPress={(e) => e.key === 'Enter' && handleSendMessage()}
          placeholder="Type a message..."
          disabled={!isConnected}
        />
        <button onClick={handleSendMessage} disabled={!isConnected}>
          Send
        </button>
      </div>
      <div className="text-sm mt-2">Status: {isConnected ? 'Connected' : 'Disconnected'}</div>
    </div>
  );
}
