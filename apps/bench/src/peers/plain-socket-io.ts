import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { type FixInput } from '#libs/contracts';
import { announce } from './announce.js';
import { locationUpdate, storedAck } from './position-answer.js';

/** Socket.IO as its documentation shows it: no store, every fix to the room at once. */
const httpServer = createServer();
const io = new Server(httpServer, { transports: ['websocket'], serveClient: false });
const ROOM = 'admin:drivers';

io.of('/admin').on('connection', (socket) => {
  void socket.join(ROOM);
});

io.of('/drivers').on('connection', (socket) => {
  const { driverId } = socket.handshake.auth as { driverId: string };
  socket.on('driver:location:ping', (fix: FixInput, ack: (answer: object) => void) => {
    io.of('/admin').to(ROOM).emit('driver:location:update', locationUpdate(driverId, fix));
    ack(storedAck(fix));
  });
});

interface RoomMessage {
  room: string;
  username: string;
  message: string;
}

io.of('/chat').on('connection', (socket) => {
  socket.on('joinRoom', ({ room }: RoomMessage, ack: (answer: object) => void) => {
    void socket.join(room);
    ack({ success: true, room });
  });
  socket.on('sendRoomMessage', (sent: RoomMessage, ack: (answer: object) => void) => {
    io.of('/chat')
      .to(sent.room)
      .emit('newRoomMessage', { ...sent, timestamp: new Date() });
    ack({ success: true });
  });
});

await announce(httpServer);
